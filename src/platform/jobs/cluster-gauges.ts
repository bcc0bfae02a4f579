import type { Metrics } from '../metrics/index.js';
import type { Job, JobRun } from './job.js';

interface GaugeSeries {
  readonly help: string;
  /** Bounded values only. */
  readonly labels?: readonly string[];
}

export interface GaugeValue {
  /** A value for each label of the gauge. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ClusterGaugesOptions<G extends string> {
  readonly metrics: Metrics;
  /** The job's name, kebab-case. */
  readonly name: string;
  readonly summary: string;
  readonly everySeconds: number;
  readonly timeLimitSeconds: number;
  /** The gauges by their names. */
  readonly gauges: Readonly<Record<G, GaugeSeries>>;
  /** One look at the database for all of them. A gauge without values is not exported. */
  readonly compute: (run: JobRun) => Promise<Readonly<Record<G, readonly GaugeValue[]>>>;
}

/** Longer than an interval and its run, shorter than two of them missed. */
const freshIntervals = 2.5;

/**
 * Gauges that describe the cluster, not this process: a job computes them once in the cluster, and the
 * instance that did so exports them for two and a half intervals. The job stays with that instance; should it
 * move all the same, both export for as long: take the maximum over instances, not the sum.
 */
export function clusterGauges<const G extends string>(options: ClusterGaugesOptions<G>): Job {
  const { metrics, name, summary, everySeconds, timeLimitSeconds, compute } = options;
  let values: Readonly<Record<G, readonly GaugeValue[]>> | undefined;
  let freshUntilMs = 0;
  for (const [gaugeName, { help, labels = [] }] of Object.entries<GaugeSeries>(options.gauges)) {
    metrics.gauge<string>({ name: gaugeName, help, labels }, (gauge) => {
      gauge.reset();
      // A gauge without labels is reset to 0, which would be a value.
      if (labels.length === 0) gauge.remove();
      if (!values || performance.now() >= freshUntilMs) return;
      for (const { labels: of = {}, value } of values[gaugeName as G]) gauge.set(of, value);
    });
  }
  return {
    name,
    summary,
    schedule: { everySeconds },
    timeLimitSeconds,
    sticky: true,
    run: async (run) => {
      const startMs = performance.now();
      const computed = await compute(run);
      run.signal.throwIfAborted();
      values = computed;
      freshUntilMs = startMs + freshIntervals * everySeconds * 1000;
    },
  };
}
