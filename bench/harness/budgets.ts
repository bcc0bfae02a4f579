import { parse } from 'yaml';
import type { Metric } from './compare.js';

/** A bound on the ratio ours ÷ peer. */
export interface Budget {
  readonly scenario: string;
  readonly metric: string;
  readonly peer: string;
  readonly kind: 'min' | 'max';
  readonly bound: number;
}

export interface Verdict extends Budget {
  readonly ratio: number;
  readonly holds: boolean;
}

export interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** What cannot be judged as it stands in budgets.yaml, a sentence each. */
  readonly problems: readonly string[];
  /** Measured, but bound by nothing: `<scenario> <metric> <peer>`. */
  readonly unbound: readonly string[];
}

type Tree = Record<string, unknown>;

/** Reads `scenario: metric: peer: { min | max: ratio }`. Raises an error that names the key and what was expected. */
export function parseBudgets(text: string): Budget[] {
  const budgets: Budget[] = [];
  for (const [scenario, metrics] of entriesOf(parse(text) ?? {}, 'budgets.yaml')) {
    for (const [metric, peers] of entriesOf(metrics, scenario)) {
      for (const [peer, bound] of entriesOf(peers, `${scenario} ${metric}`)) {
        budgets.push({ scenario, metric, peer, ...readBound(bound, `${scenario} ${metric} ${peer}`) });
      }
    }
  }
  return budgets;
}

function entriesOf(value: unknown, where: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new Error(`budgets.yaml: ${where}: expected a map, got ${JSON.stringify(value)}`);
}

function readBound(value: unknown, where: string): Pick<Budget, 'kind' | 'bound'> {
  const entries = Object.entries((value ?? {}) as Tree);
  const [kind, bound] = entries[0] ?? [];
  if (entries.length === 1 && (kind === 'min' || kind === 'max') && typeof bound === 'number' && bound > 0)
    return { kind, bound };
  throw new Error(
    `budgets.yaml: ${where}: expected { min: ratio } or { max: ratio } above 0, got ${JSON.stringify(value)}`,
  );
}

export interface Measured {
  readonly scenario: string;
  readonly metrics: readonly Metric[];
}

/**
 * Holds what was measured against the budgets of those scenarios. A budget that points at nothing, or bounds
 * the good side, could never fail, so it is a problem. `known` are the names of all scenarios that there are.
 */
export function judge(
  budgets: readonly Budget[],
  measured: readonly Measured[],
  known: readonly string[],
): Judgement {
  const verdicts: Verdict[] = [];
  const problems: string[] = [];
  for (const budget of budgets) {
    const { scenario, metric: name, peer: peerName, kind, bound } = budget;
    const where = `budgets.yaml: ${scenario} ${name} ${peerName}`;
    if (!known.includes(scenario)) problems.push(`${where}: there is no scenario ${scenario}`);
    const found = measured.find((one) => one.scenario === scenario);
    if (!found) continue;
    const metric = found.metrics.find((one) => one.name === name);
    const peer = metric?.peers.find((one) => one.name === peerName);
    const right = metric?.better === 'higher' ? 'min' : 'max';
    if (!metric) problems.push(`${where}: the scenario measures no ${name}, but ${namesOf(found.metrics)}`);
    else if (!peer) problems.push(`${where}: it is held against ${namesOf(metric.peers)}`);
    else if (kind !== right)
      problems.push(`${where}: of this figure ${metric.better} is better, so bound it by ${right}`);
    else {
      const ratio = peer.ratio.median;
      verdicts.push({ ...budget, ratio, holds: kind === 'min' ? ratio >= bound : ratio <= bound });
    }
  }
  return { verdicts, problems, unbound: unboundOf(budgets, measured) };
}

const namesOf = (named: readonly { name: string }[]) => named.map(({ name }) => name).join(', ') || 'nothing';

function unboundOf(budgets: readonly Budget[], measured: readonly Measured[]): string[] {
  const key = (scenario: string, metric: string, peer: string) => `${scenario} ${metric} ${peer}`;
  const bound = new Set(budgets.map(({ scenario, metric, peer }) => key(scenario, metric, peer)));
  return measured
    .flatMap(({ scenario, metrics }) =>
      metrics.flatMap(({ name, peers }) => peers.map((peer) => key(scenario, name, peer.name))),
    )
    .filter((one) => !bound.has(one));
}
