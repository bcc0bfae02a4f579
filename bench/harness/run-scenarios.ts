import type { BenchContext, EngineName } from '../scenario.js';
import { type Metric, type Rounds, runComparison } from './compare.js';
import type { NamedScenario } from './discover.js';

export interface Progress {
  readonly label: string;
  readonly done: number;
  readonly total: number;
}

export interface RunOptions extends Rounds {
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** The URL of each engine that can be had. */
  readonly engines: ReadonlyMap<EngineName, string>;
  readonly progress: (progress: Progress) => void;
}

export type ScenarioOutcome =
  | {
      readonly name: string;
      readonly state: 'measured';
      readonly seconds: number;
      readonly metrics: readonly Metric[];
    }
  | { readonly name: string; readonly state: 'skipped'; readonly missing: readonly EngineName[] }
  | { readonly name: string; readonly state: 'failed'; readonly reason: string };

/** Runs the scenarios one after the other; one that fails or lacks an engine does not keep the others from running. */
export async function runScenarios(
  scenarios: readonly NamedScenario[],
  options: RunOptions,
): Promise<ScenarioOutcome[]> {
  const outcomes: ScenarioOutcome[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    if (options.signal.aborted) break;
    const place = `${index + 1}/${scenarios.length} ${scenario.name}`;
    outcomes.push(await runScenario(scenario, place, options));
  }
  return outcomes;
}

async function runScenario(
  scenario: NamedScenario,
  place: string,
  options: RunOptions,
): Promise<ScenarioOutcome> {
  const { name, needs = [] } = scenario;
  const missing = needs.filter((need) => !options.engines.has(need));
  if (missing.length > 0) return { name, state: 'skipped', missing };
  const releases: (() => Promise<unknown> | unknown)[] = [];
  const metrics: Metric[] = [];
  const startedAt = performance.now();
  try {
    try {
      await scenario.run(contextOf(scenario, place, options, { releases, metrics }));
    } finally {
      await releaseAll(releases);
    }
    if (metrics.length === 0) throw new Error('it compared nothing');
    return { name, state: 'measured', seconds: (performance.now() - startedAt) / 1000, metrics };
  } catch (error) {
    return { name, state: 'failed', reason: reasonOf(error) };
  }
}

function contextOf(
  { name, needs = [] }: NamedScenario,
  place: string,
  options: RunOptions,
  { releases, metrics }: { releases: (() => Promise<unknown> | unknown)[]; metrics: Metric[] },
): BenchContext {
  return {
    quick: options.quick,
    signal: options.signal,
    onEnd: (release) => void releases.push(release),
    engineUrl(engine) {
      const url = options.engines.get(engine);
      if (url !== undefined && needs.includes(engine)) return url;
      throw new Error(`the scenario ${name} uses ${engine}: name it in its needs`);
    },
    async compare(comparison) {
      const label = `${place} ${comparison.name}`;
      const progress = (done: number, total: number) => options.progress({ label, done, total });
      const found = await runComparison(comparison, { ...options, progress });
      const twice = found.find((metric) => metrics.some((earlier) => earlier.name === metric.name));
      if (twice) throw new Error(`two comparisons measure ${twice.name}`);
      metrics.push(...found);
    },
  };
}

/** All of them, whichever fails. */
async function releaseAll(releases: (() => Promise<unknown> | unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const release of releases.reverse()) {
    try {
      await release();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${reasonOf(error.cause)})`;
}
