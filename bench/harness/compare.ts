import type { Case, Comparison, Figure, Sample } from '../scenario.js';
import { type Series, seriesOf, shuffled } from './statistics.js';

export interface PeerSeries extends Series {
  readonly name: string;
  /** Ours ÷ this peer, computed within each round, where both met the same machine. */
  readonly ratio: Series;
}

/** One figure of a comparison. */
export interface Metric extends Figure {
  /** `<comparison>.<figure>` */
  readonly name: string;
  readonly ours: Series & { readonly name: string };
  readonly peers: readonly PeerSeries[];
}

export interface Rounds {
  readonly rounds: number;
  readonly roundMs: number;
  /** Of one warm-up; there are more as long as they help, within `warmUpsMax` times this. */
  readonly warmUpMs: number;
}

const warmUpsMax = 6;
/** A case that gains less from one warm-up to the next is warm. */
const warmGainMax = 0.1;

export interface CompareOptions extends Rounds {
  readonly signal: AbortSignal;
  /** After each measurement; all warm-ups of a case count as one. */
  readonly progress?: (done: number, total: number) => void;
  readonly random?: () => number;
}

/** Warms every case up until it gains no more, then measures all of them in every round, in an order drawn anew. */
export async function runComparison<F extends string>(
  comparison: Comparison<F>,
  options: CompareOptions,
): Promise<Metric[]> {
  const { rounds, roundMs, warmUpMs, signal, random, progress } = options;
  const cases = [comparison.ours, ...comparison.against];
  checkNames(comparison, cases);
  const samples = new Map<Case<F>, Sample<F>[]>(cases.map((one) => [one, []]));
  const total = cases.length * (rounds + 1);
  let done = 0;
  const measure = async (one: Case<F>, forMs: number) => {
    signal.throwIfAborted();
    const sample = await one.measure(forMs);
    checkSample(comparison, one, sample);
    return sample;
  };
  for (const one of cases) {
    await warmUp(comparison, () => measure(one, warmUpMs), warmUpMs);
    progress?.(++done, total);
  }
  for (let round = 0; round < rounds; round++) {
    for (const one of shuffled(cases, random)) {
      samples.get(one)?.push(await measure(one, roundMs));
      progress?.(++done, total);
    }
  }
  const valuesOf = (one: Case<F>, figure: F) => (samples.get(one) ?? []).map((sample) => sample[figure]);
  return Object.keys(comparison.figures).map((name) => metricOf(comparison, name as F, valuesOf));
}

/** Code is compiled as it is used: on a busy machine one warm-up may not get far. */
async function warmUp<F extends string>(
  { figures }: Comparison<F>,
  measure: () => Promise<Sample<F>>,
  warmUpMs: number,
): Promise<void> {
  const [name, { better }] = Object.entries(figures)[0] as [F, Figure];
  const startedAt = performance.now();
  let before = (await measure())[name];
  while (performance.now() - startedAt < warmUpsMax * warmUpMs) {
    const value = (await measure())[name];
    const gain = better === 'higher' ? value / before : before / value;
    if (gain < 1 + warmGainMax) return;
    before = value;
  }
}

function metricOf<F extends string>(
  { name, figures, ours, against }: Comparison<F>,
  figure: F,
  valuesOf: (one: Case<F>, figure: F) => number[],
): Metric {
  const own = valuesOf(ours, figure);
  return {
    name: `${name}.${figure}`,
    ...figures[figure],
    ours: { name: ours.name, ...seriesOf(own) },
    peers: against.map((peer) => {
      const values = valuesOf(peer, figure);
      const ratios = own.map((value, round) => value / (values[round] as number));
      return { name: peer.name, ...seriesOf(values), ratio: seriesOf(ratios) };
    }),
  };
}

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;

function checkNames<F extends string>({ name, figures }: Comparison<F>, cases: readonly Case<F>[]): void {
  const names = [name, ...cases.map((one) => one.name)];
  const wrong = names.find((one) => !kebab.test(one));
  if (wrong !== undefined) throw new Error(`"${wrong}" of the comparison "${name}" has to be kebab-case`);
  if (new Set(cases.map((one) => one.name)).size < cases.length)
    throw new Error(`two cases of the comparison "${name}" have the same name`);
  if (Object.keys(figures).length === 0) throw new Error(`the comparison "${name}" has no figures`);
}

function checkSample<F extends string>(comparison: Comparison<F>, one: Case<F>, sample: Sample<F>): void {
  for (const figure of Object.keys(comparison.figures) as F[]) {
    const value: unknown = sample[figure];
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) continue;
    throw new Error(
      `${comparison.name}: the case "${one.name}" measured ${String(value)} for ${figure}, expected a number above 0`,
    );
  }
}
