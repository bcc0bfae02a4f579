/** Engines that a scenario may need; each is found or started as the test command does it. */
export type EngineName = 'postgres' | 'redis';

/** What a figure is counted in, and which end of it is the good one. */
export interface Figure {
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

/** The figures that one measurement found, by name; every one is a finite number above 0. */
export type Sample<F extends string> = Readonly<Record<F, number>>;

/** One of the things that are measured side by side. */
export interface Case<F extends string> {
  readonly name: string;
  /** Works for about `forMs` and tells what it found. Called to warm up, then once a round. */
  measure(forMs: number): Promise<Sample<F>> | Sample<F>;
}

/** Ours beside what it is held against: the limit of the machine, or a peer that does the same work. */
export interface Comparison<F extends string> {
  /** kebab-case. `<comparison>.<figure>` is the metric that budgets.yaml names. */
  readonly name: string;
  readonly figures: Readonly<Record<F, Figure>>;
  readonly ours: Case<F>;
  readonly against: readonly [Case<F>, ...Case<F>[]];
}

export interface BenchContext {
  /** A short look instead of a measurement: make fixed amounts of work small. */
  readonly quick: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The URL of an engine that the scenario `needs`. */
  engineUrl(name: EngineName): string;
  /** Measures every case once a round, in an order of its own in each. Raises what a case raises. */
  compare<F extends string>(comparison: Comparison<F>): Promise<void>;
  /** Runs when the scenario ended, however it did; the last one given runs first. */
  onEnd(release: () => Promise<unknown> | unknown): void;
}

/** A file `scenarios/<name>.bench.ts` exports one by default. */
export interface Scenario {
  /** One sentence: what is held against what. */
  readonly summary: string;
  readonly needs?: readonly EngineName[];
  run(context: BenchContext): Promise<void>;
}

export function defineScenario(scenario: Scenario): Scenario {
  return scenario;
}

/** Of calls and requests: how many were answered, and how long one took. */
export const callFigures = {
  throughput: { unit: '/s', better: 'higher' },
  p50: { unit: 'ms', better: 'lower' },
  p99: { unit: 'ms', better: 'lower' },
} as const satisfies Record<string, Figure>;

/** Processor time is what others on the machine disturb least: bound this where both sides work alike otherwise. */
export const cpuFigure = { cpu: { unit: 'µs CPU', better: 'lower' } } as const satisfies Record<
  string,
  Figure
>;

export const throughputFigures = { throughput: callFigures.throughput };
