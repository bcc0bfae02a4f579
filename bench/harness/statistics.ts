/** The middle of the values; of an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** How far the values lie apart, as a share of their median: (largest − smallest) ÷ median ÷ 2, the "±" of a figure. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values) / 2;
}

/** One figure of one case over the rounds. */
export interface Series {
  readonly rounds: readonly number[];
  readonly median: number;
  readonly spread: number;
}

export function seriesOf(rounds: readonly number[]): Series {
  return { rounds, median: median(rounds), spread: spread(rounds) };
}

/** Fisher and Yates. `random` is in [0, 1). */
export function shuffled<T>(items: readonly T[], random: () => number = Math.random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
