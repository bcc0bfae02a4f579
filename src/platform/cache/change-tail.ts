import type { Database, Queryable } from '../database/index.js';
import { type Clock, Wakeup } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Change } from './cache.js';
import { addChanges, deleteChanges, readChanges } from './change-tail.repository.js';

interface TailOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly origin: string;
  readonly pollMs: number;
  readonly keepMs: number;
  readonly onChange: (namespace: string, change: Change) => void;
  /** Changes may have been missed. */
  readonly onGap: () => void;
}

const rowsMax = 1_000;
const namesPerRow = 200;

/**
 * Tells the other processes, through the database, what is no longer true. Each reads on from the oldest transaction
 * that was open when it last looked, and knows by number what it has seen since, so that no late commit is missed.
 */
export class ChangeTail {
  readonly #options: TailOptions;
  readonly #wakeup = new Wakeup();
  #position: bigint | undefined;
  #seen: ReadonlySet<number> = new Set();
  #lookedAtMs = 0;
  #failures = 0;
  #isStopping = true;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** Why changes of others do not come; undefined while they do. */
  get failure(): string | undefined {
    return this.#failures > 0 ? 'the changes of other instances could not be read, trying again' : undefined;
  }

  async start(): Promise<void> {
    this.#isStopping = false;
    await this.look();
    this.#loop = this.#work();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wakeup.wake();
    await this.#loop;
  }

  /** In the transaction of what changed, or alone. */
  async add(where: Queryable, namespace: string, change: Change): Promise<void> {
    const { origin, clock } = this.#options;
    const rows = partsOf(change).map((part) => ({ origin, namespace, change: JSON.stringify(part) }));
    if (rows.length > 0) await addChanges(where, rows, clock.now());
  }

  /** One look; what it finds is told before it answers. Never rejects. */
  async look(): Promise<void> {
    const { database, log, keepMs, onGap } = this.#options;
    try {
      const from = this.#position;
      const { position, rows } = await readChanges(database, from, rowsMax);
      const nowMs = performance.now();
      const wasAway = nowMs - this.#lookedAtMs > keepMs / 2;
      // The numbers of another server say nothing here.
      const isAnother = from !== undefined && position < from;
      if (from === undefined || wasAway || isAnother || rows.length === rowsMax) onGap();
      else this.#tell(rows.filter(({ seq }) => !this.#seen.has(seq)));
      this.#seen = new Set(rows.map(({ seq }) => seq));
      this.#position = position;
      this.#lookedAtMs = nowMs;
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === 1) log.warn({ err: error }, 'the changes of other instances could not be read');
    }
  }

  /** Removes what every instance has read. Answers how many rows there were. */
  async prune(signal: AbortSignal): Promise<number> {
    const { database, clock, keepMs } = this.#options;
    const before = new Date(clock.now().getTime() - keepMs);
    let total = 0;
    for (let removed = rowsMax; removed === rowsMax && !signal.aborted; total += removed) {
      removed = await deleteChanges(database, before, rowsMax);
    }
    return total;
  }

  async #work(): Promise<void> {
    while (!this.#isStopping) {
      await this.#wakeup.wait(this.#options.pollMs);
      if (!this.#isStopping) await this.look();
    }
  }

  #tell(rows: readonly { origin: string; namespace: string; change: string }[]): void {
    const { origin: own, onChange } = this.#options;
    for (const { origin, namespace, change } of rows) {
      if (origin !== own) onChange(namespace, JSON.parse(change) as Change);
    }
  }
}

/** In rows of a bounded size. */
function partsOf({ keys = [], tags = [], all }: Change): Change[] {
  if (all) return [{ all }];
  const parts: Change[] = [];
  for (let at = 0; at < keys.length; at += namesPerRow)
    parts.push({ keys: keys.slice(at, at + namesPerRow) });
  for (let at = 0; at < tags.length; at += namesPerRow)
    parts.push({ tags: tags.slice(at, at + namesPerRow) });
  return parts;
}
