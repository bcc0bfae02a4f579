import type { Judgement, Verdict } from './budgets.js';
import type { Metric, PeerSeries } from './compare.js';
import type { Machine } from './machine.js';
import type { ScenarioOutcome } from './run-scenarios.js';
import { alignColumns } from './table.js';

/** All that a run found; `--json` prints it as it is. */
export interface Report {
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly quick: boolean;
  readonly rounds: number;
  readonly roundMs: number;
  readonly interrupted: boolean;
  readonly scenarios: readonly ScenarioOutcome[];
  readonly judgement: Judgement;
}

const heads = ['scenario', 'metric', 'ours', '', 'against', '', 'ratio', 'budget', ''];

/** The report for people: a line for each metric and peer, then what is to be said besides. */
export function reportLines(report: Report, { check }: { check: boolean }): string[] {
  const rows = report.scenarios.flatMap((scenario) =>
    scenario.state === 'measured'
      ? scenario.metrics.flatMap((metric) => rowsOf(scenario.name, metric, report.judgement.verdicts))
      : [],
  );
  return [
    ...(rows.length > 0 ? alignColumns([heads, ...rows]) : []),
    ...report.scenarios.flatMap(unmeasuredLine),
    ...(check ? checkLines(report.judgement) : []),
    '',
    ...originLines(report),
  ];
}

function rowsOf(scenario: string, metric: Metric, verdicts: readonly Verdict[]): string[][] {
  return metric.peers.map((peer) => {
    const verdict = verdicts.find(
      (one) => one.scenario === scenario && one.metric === metric.name && one.peer === peer.name,
    );
    return [
      scenario,
      metric.name,
      metric.ours.name,
      figure(metric.ours, metric.unit),
      peer.name,
      figure(peer, metric.unit),
      ratio(peer),
      verdict ? boundOf(verdict) : '',
      verdict ? (verdict.holds ? 'holds' : 'SHORT') : '',
    ];
  });
}

const figure = ({ median, spread }: { median: number; spread: number }, unit: string) =>
  `${quantity(median)} ${unit} ${plusMinus(spread)}`;
const ratio = ({ ratio: { median, spread } }: PeerSeries) => `${quantity(median)} ${plusMinus(spread)}`;
const plusMinus = (spread: number) => `± ${Math.round(spread * 100)} %`;
const boundOf = ({ kind, bound }: Verdict) => `${kind === 'min' ? '≥' : '≤'} ${bound}`;

/** Three digits that matter, thousands apart: `41 300`, `0.052`. */
function quantity(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded >= 1000
    ? Math.round(rounded)
        .toString()
        .replace(/\B(?=(\d{3})+$)/g, ' ')
    : String(rounded);
}

function unmeasuredLine(scenario: ScenarioOutcome): string[] {
  if (scenario.state === 'skipped')
    return [`skipped: ${scenario.name} (needs ${scenario.missing.join(' and ')})`];
  return scenario.state === 'failed' ? [`FAILED: ${scenario.name}: ${scenario.reason}`] : [];
}

function checkLines({ verdicts, problems, unbound }: Judgement): string[] {
  const short = verdicts.filter(({ holds }) => !holds);
  return [
    ...unbound.map((metric) => `without a budget: ${metric}`),
    ...short.map(
      (one) =>
        `SHORT: ${one.scenario} ${one.metric}: ${quantity(one.ratio)} of ${one.peer}, expected ${boundOf(one)}`,
    ),
    ...problems.map((problem) => `WRONG: ${problem}`),
    `${verdicts.length - short.length} of ${verdicts.length} budgets hold`,
  ];
}

function originLines({ machine, commit, date, rounds, roundMs, quick, interrupted }: Report): string[] {
  const { cores, processor, memoryGib, node, platform, loadAverage } = machine;
  return [
    `${date}, commit ${commit}, ${rounds} rounds of ${roundMs} ms; ± is half the way from the lowest round to the highest`,
    `${processor}, ${cores} cores, ${memoryGib} GiB, ${platform}, Node ${node}, load average ${loadAverage}`,
    ...(loadAverage > cores
      ? ['the machine was busy with other things: trust ratios of processor time only']
      : []),
    ...(quick ? ['--quick: too short for figures to quote'] : []),
    ...(interrupted ? ['interrupted: what is above is a part'] : []),
  ];
}
