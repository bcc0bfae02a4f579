import { Counter, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import { type HistogramSeries, PlainHistogram } from './plain-histogram.js';

interface Series<L extends string> {
  readonly name: string;
  readonly help: string;
  /** Bounded values only: route templates, enums, configured names. Never a user, a book, a raw path. */
  readonly labels?: readonly L[];
}

/** The one registry of an application; nothing registers globally, so two applications fit one process. */
export class Metrics {
  readonly registry = new Registry();

  /** With `collect` the total is read from plain numbers at each scrape: `reset()`, then `inc(total)`. */
  counter<L extends string = never>(
    { name, help, labels = [] }: Series<L>,
    collect?: (counter: Counter<L>) => void,
  ): Counter<L> {
    return new Counter<L>({
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry],
      ...(collect && {
        collect() {
          collect(this);
        },
      }),
    });
  }

  /** `collect` runs at each scrape: read plain numbers there instead of updating a gauge on a hot path. */
  gauge<L extends string = never>(
    { name, help, labels = [] }: Series<L>,
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L> {
    return new Gauge<L>({
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry],
      ...(collect && {
        collect() {
          return collect(this);
        },
      }),
    });
  }

  histogram<L extends string = never>(
    { name, help, labels = [] }: Series<L>,
    buckets: readonly number[],
  ): Histogram<L> {
    return new Histogram({
      name,
      help,
      labelNames: [...labels],
      buckets: [...buckets],
      registers: [this.registry],
    });
  }

  /** `read` runs at each scrape; see PlainHistogram. */
  plainHistogram<L extends string>(
    series: Series<L>,
    buckets: readonly number[],
    read: () => Iterable<HistogramSeries<L>>,
  ): void {
    this.registry.registerMetric(new PlainHistogram(series, buckets, read) as unknown as Metric);
  }
}
