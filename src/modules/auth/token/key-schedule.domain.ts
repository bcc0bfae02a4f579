/** When a key signs is a matter of its moments alone, so all instances agree without telling each other. */
export interface KeyMoments {
  readonly id: string;
  readonly signsFrom: Date;
  /** Taken out of use at once: it checks nothing any longer. */
  readonly retiredAt: Date | null;
}

export interface KeySchedule {
  readonly lifeMs: number;
  readonly publishAheadMs: number;
  /** What a key signed lives at most so long. */
  readonly tokenLifeMs: number;
}

/** Those that check tokens, in the order in which they sign. */
export function usableKeys<K extends KeyMoments>(keys: readonly K[]): readonly K[] {
  return keys
    .filter((key) => key.retiredAt === null)
    .sort((a, b) => a.signsFrom.getTime() - b.signsFrom.getTime() || (a.id < b.id ? -1 : 1));
}

/** The key that signs: the last whose time has come. Before the time of all, after a clock stepped back, the first. */
export function signingKeyAt<K extends KeyMoments>(keys: readonly K[], now: Date): K | undefined {
  const usable = usableKeys(keys);
  return usable.findLast((key) => key.signsFrom <= now) ?? usable[0];
}

/**
 * From when on a key would sign that has to be made now; undefined while none has to. It never signs before it was
 * published for `publishAheadMs`, however late it is made, but for the very first.
 */
export function nextKeySignsFrom(
  keys: readonly KeyMoments[],
  now: Date,
  schedule: KeySchedule,
): Date | undefined {
  const newest = usableKeys(keys).at(-1);
  if (!newest) return now;
  const endMs = newest.signsFrom.getTime() + schedule.lifeMs;
  const publishMs = now.getTime() + schedule.publishAheadMs;
  return newest.signsFrom > now || publishMs < endMs ? undefined : new Date(Math.max(endMs, publishMs));
}

/** Keys of which no signature lives: another one signs for long enough, or they were retired long enough ago. */
export function deadKeys<K extends KeyMoments>(
  keys: readonly K[],
  now: Date,
  { tokenLifeMs }: KeySchedule,
): readonly K[] {
  const since = new Date(now.getTime() - tokenLifeMs);
  const usable = usableKeys(keys);
  const superseded = usable.filter((_, index) => {
    const next = usable[index + 1];
    return next !== undefined && next.signsFrom < since;
  });
  return [...superseded, ...keys.filter(({ retiredAt }) => retiredAt !== null && retiredAt < since)];
}
