export interface BackoffRange {
  /** Longest wait after the first failure. */
  readonly baseMs: number;
  /** Longest wait of all. */
  readonly maxMs: number;
}

/** More would leave the range of numbers, and every sensible `maxMs`. */
const doublingsMax = 30;

/**
 * How long to wait, in ms, after `failures` (1, 2, …) in a row: doubled each time up to `maxMs`, its upper half
 * random ("equal jitter"), so that what failed together does not come back together. `random` is in [0, 1).
 */
export function backoffMs(failures: number, { baseMs, maxMs }: BackoffRange, random = Math.random()): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, doublingsMax));
  return Math.round(ceiling * (0.5 + random / 2));
}
