export const tiers = ['memory', 'redis', 'source'] as const;
export type Tier = (typeof tiers)[number];
export const readOutcomes = ['hit', 'miss', 'stale', 'negative', 'error'] as const;
export type ReadOutcome = (typeof readOutcomes)[number];

export const loadBucketsSeconds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];

const noReads = (): Record<ReadOutcome, number> => ({ hit: 0, miss: 0, stale: 0, negative: 0, error: 0 });

/** What happened in a namespace since the start, in plain numbers: they are read at a scrape. */
export class NamespaceStats {
  readonly reads: Readonly<Record<Tier, Record<ReadOutcome, number>>> = {
    memory: noReads(),
    redis: noReads(),
    source: noReads(),
  };
  /** Callers who waited for somebody else's load. */
  coalesced = 0;
  /** Loaded values that were not stored, because a change came between. */
  superseded = 0;
  /** Too large to be kept. */
  oversized = 0;
  /** Of each bucket alone; one more for what is beyond the last. */
  readonly loadBuckets = new Array<number>(loadBucketsSeconds.length + 1).fill(0);
  loadSeconds = 0;

  loaded(ms: number): void {
    const seconds = ms / 1000;
    const found = loadBucketsSeconds.findIndex((bound) => seconds <= bound);
    const bucket = found === -1 ? loadBucketsSeconds.length : found;
    this.loadBuckets[bucket] = (this.loadBuckets[bucket] as number) + 1;
    this.loadSeconds += seconds;
  }
}
