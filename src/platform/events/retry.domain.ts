export interface RetryRules {
  readonly attemptsMax: number;
  readonly delayMs: number;
  readonly delayMsMax: number;
}

const doublingsMax = 30;

/**
 * Wait after the failed try number `attempt` (1, 2, …): doubled each time, its upper half random, so that what
 * failed together does not come back together. Undefined: that was the last try.
 */
export function retryDelayMs(
  attempt: number,
  rules: RetryRules,
  random: () => number = Math.random,
): number | undefined {
  if (attempt >= rules.attemptsMax) return undefined;
  const ceiling = Math.min(rules.delayMsMax, rules.delayMs * 2 ** Math.min(attempt - 1, doublingsMax));
  return Math.round(ceiling * (0.5 + random() / 2));
}

const errorLengthMax = 1_000;

/** What is kept of an error, for people: its kind and message, without what is recognisably a secret. */
export function errorText(error: unknown, scrub: (text: string) => string): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const clean = scrub(text).replaceAll('\0', '');
  return clean.length > errorLengthMax ? `${clean.slice(0, errorLengthMax)}…` : clean;
}
