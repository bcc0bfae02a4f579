/** What one series has seen so far. */
export interface HistogramSeries<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  /** How many fell into each bucket alone (not added up), and one more for those beyond the last. */
  readonly buckets: readonly number[];
  readonly sum: number;
}

/**
 * A histogram that is kept in plain numbers and only read at a scrape, for paths where an observation may
 * cost nanoseconds. It has what a registry asks of a metric.
 */
export class PlainHistogram<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #bounds: readonly number[];
  readonly #read: () => Iterable<HistogramSeries<L>>;

  constructor(
    { name, help }: { readonly name: string; readonly help: string },
    bounds: readonly number[],
    read: () => Iterable<HistogramSeries<L>>,
  ) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#read = read;
  }

  get() {
    const values = [...this.#read()].flatMap((series) => this.#valuesOf(series));
    return { name: this.name, help: this.help, type: this.type, values };
  }

  /** The numbers belong to whoever counts. */
  reset(): void {}

  #valuesOf({ labels, buckets, sum }: HistogramSeries<L>) {
    let count = 0;
    const values = [...this.#bounds, '+Inf'].map((le, index) => {
      count += buckets[index] ?? 0;
      return { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...values,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}
