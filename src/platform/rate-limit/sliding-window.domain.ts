/**
 * What is known of one subject: calls let pass in the window `index` (windows are counted from the epoch, so
 * that all instances share them) and in the one before.
 */
export interface WindowCount {
  readonly index: number;
  readonly current: number;
  readonly previous: number;
}

export interface Rate {
  /** Calls within any window of this length, at least 1. */
  readonly limit: number;
  readonly windowMs: number;
}

/** The same as `WindowCount`, moved to the moment of a call. */
export interface WindowView extends WindowCount {
  /** Since the window began, 0 to `windowMs` - 1. */
  readonly elapsedMs: number;
}

export interface WindowReading {
  /** Calls that may follow at once. */
  readonly remaining: number;
  /** Until one call would be let pass if no other is made meanwhile; 0 when one would now. Exact to the millisecond. */
  readonly retryAfterMs: number;
}

/**
 * The counts as they stand at `nowMs`. Clocks of instances differ: a count of the coming window is taken as of its
 * first moment, one of the further future is from a clock that was wrong and is dropped.
 */
export function viewAt(count: WindowCount | undefined, nowMs: number, windowMs: number): WindowView {
  const index = Math.floor(nowMs / windowMs);
  const elapsedMs = nowMs - index * windowMs;
  if (count === undefined) return { index, current: 0, previous: 0, elapsedMs };
  const { current, previous } = count;
  switch (index - count.index) {
    case 0:
      return { index, current, previous, elapsedMs };
    case 1:
      return { index, current: 0, previous: current, elapsedMs };
    case -1:
      return { index: count.index, current, previous, elapsedMs: 0 };
    default:
      return { index, current: 0, previous: 0, elapsedMs };
  }
}

/**
 * Whether one more call fits: the calls of the window before count for the part of it that a window ending now
 * still covers. Whole numbers only, so that the script decides alike.
 */
export function admits({ current, previous, elapsedMs }: WindowView, { limit, windowMs }: Rate): boolean {
  return previous * (windowMs - elapsedMs) + (current + 1) * windowMs <= limit * windowMs;
}

export function readingOf(view: WindowView, rate: Rate): WindowReading {
  const { limit, windowMs } = rate;
  const free = (limit - view.current) * windowMs - view.previous * (windowMs - view.elapsedMs);
  const remaining = Math.max(0, Math.floor(free / windowMs));
  return { remaining, retryAfterMs: remaining > 0 ? 0 : waitMs(view, rate) };
}

function waitMs({ current, previous, elapsedMs }: WindowView, { limit, windowMs }: Rate): number {
  const inThisWindow = admittingFromMs(limit - current - 1, previous, windowMs);
  if (inThisWindow < windowMs) return inThisWindow - elapsedMs;
  return windowMs - elapsedMs + admittingFromMs(limit - 1, current, windowMs);
}

/** From when on in a window `earlier` calls of the one before leave room, with `spare` calls to go; its length for never. */
function admittingFromMs(spare: number, earlier: number, windowMs: number): number {
  if (spare < 0) return windowMs;
  return earlier === 0 ? 0 : Math.max(0, windowMs - Math.floor((spare * windowMs) / earlier));
}
