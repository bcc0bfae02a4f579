import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProgressView, type TextOutput } from '../src/cli/progress-view.js';
import { type BenchArguments, help, readArguments, UsageError } from './harness/arguments.js';
import { judge, parseBudgets } from './harness/budgets.js';
import { chooseScenarios, discoverScenarios, type NamedScenario } from './harness/discover.js';
import { describeCommit, describeMachine } from './harness/machine.js';
import { type Report, reportLines } from './harness/report.js';
import { runScenarios, type ScenarioOutcome } from './harness/run-scenarios.js';
import type { EngineName } from './scenario.js';

/** Engines by name, and why the others cannot be had. */
export interface Engines {
  readonly urls: ReadonlyMap<EngineName, string>;
  readonly missing: ReadonlyMap<EngineName, string>;
  readonly stop: () => Promise<void>;
}

export interface BenchIo {
  readonly argv: readonly string[];
  /** The project's folder. */
  readonly root: string;
  /** Where the scenarios lie compiled; below `root` as sources. */
  readonly scenarios: { readonly sources: string; readonly compiled: string };
  readonly signal: AbortSignal;
  /** On a build server a budget that could not be checked, for want of an engine, is not held. */
  readonly ci: boolean;
  readonly out: TextOutput;
  readonly err: TextOutput;
  provideEngines(names: readonly EngineName[]): Promise<Engines>;
}

const full = { rounds: 7, roundMs: 1000, warmUpMs: 500 };
const short = { rounds: 3, roundMs: 150, warmUpMs: 100 };

/** The command; answers its exit code. */
export async function bench(io: BenchIo): Promise<number> {
  try {
    const given = readArguments(io.argv);
    if (given.help) {
      io.out.write(`${help}\n`);
      return 0;
    }
    const all = await discoverScenarios(io.scenarios.sources, io.scenarios.compiled);
    const chosen = chooseScenarios(all, given.names);
    if (given.list) {
      for (const line of listLines(chosen)) io.out.write(`${line}\n`);
      return 0;
    }
    return await measure(io, given, all, chosen);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.err.write(`${error.message}\n\n${help}\n`);
    return 2;
  }
}

function listLines(scenarios: readonly NamedScenario[]): string[] {
  return scenarios.map(({ name, summary, needs = [] }) =>
    needs.length > 0 ? `${name}: ${summary} (needs ${needs.join(' and ')})` : `${name}: ${summary}`,
  );
}

async function measure(
  io: BenchIo,
  given: BenchArguments,
  all: readonly NamedScenario[],
  chosen: readonly NamedScenario[],
): Promise<number> {
  const budgets = parseBudgets(readFileSync(join(io.root, 'bench', 'budgets.yaml'), 'utf8'));
  const rounds = {
    ...(given.quick ? short : full),
    ...(given.rounds !== undefined && { rounds: given.rounds }),
  };
  const machine = describeMachine();
  const scenarios = await runWithEngines(io, chosen, { ...rounds, quick: given.quick });
  const measured = scenarios.flatMap((one) =>
    one.state === 'measured' ? [{ scenario: one.name, metrics: one.metrics }] : [],
  );
  const considered =
    given.names.length === 0 ? budgets : budgets.filter(({ scenario }) => given.names.includes(scenario));
  const report: Report = {
    date: new Date().toISOString(),
    commit: describeCommit(io.root),
    machine,
    quick: given.quick,
    rounds: rounds.rounds,
    roundMs: rounds.roundMs,
    interrupted: io.signal.aborted,
    scenarios,
    judgement: judge(
      considered,
      measured,
      all.map(({ name }) => name),
    ),
  };
  if (given.json) io.out.write(`${JSON.stringify(report, null, 2)}\n`);
  else io.out.write(`${reportLines(report, given).join('\n')}\n`);
  return exitCodeOf(report, { check: given.check, ci: io.ci });
}

async function runWithEngines(
  io: BenchIo,
  chosen: readonly NamedScenario[],
  options: { rounds: number; roundMs: number; warmUpMs: number; quick: boolean },
): Promise<ScenarioOutcome[]> {
  const engines = await io.provideEngines([...new Set(chosen.flatMap(({ needs = [] }) => needs))]);
  const view = new ProgressView(io.err);
  try {
    for (const [name, reason] of engines.missing) io.err.write(`${name} is not to be had: ${reason}\n`);
    return await runScenarios(chosen, {
      ...options,
      signal: io.signal,
      engines: engines.urls,
      progress: (progress) => view.show(progress),
    });
  } finally {
    view.end();
    await engines.stop();
  }
}

function exitCodeOf(report: Report, { check, ci }: { check: boolean; ci: boolean }): number {
  const { interrupted, scenarios, judgement } = report;
  if (interrupted) return 130;
  const any = (state: ScenarioOutcome['state']) => scenarios.some((one) => one.state === state);
  const short = judgement.problems.length > 0 || judgement.verdicts.some(({ holds }) => !holds);
  return any('failed') || (check && (short || (ci && any('skipped')))) ? 1 : 0;
}
