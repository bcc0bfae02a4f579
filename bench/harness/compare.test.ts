import { describe, expect, it } from 'vitest';
import type { Case, Comparison } from '../scenario.js';
import { type CompareOptions, runComparison } from './compare.js';

const figures = { throughput: { unit: '/s', better: 'higher' } } as const;
const options: CompareOptions = {
  rounds: 3,
  roundMs: 20,
  warmUpMs: 1000,
  signal: new AbortController().signal,
};

function scripted(name: string, values: readonly number[], calls: string[] = []): Case<'throughput'> {
  let call = 0;
  return {
    name,
    measure: async (forMs) => {
      calls.push(`${name} ${forMs}`);
      return { throughput: values[call++] ?? Number.NaN };
    },
  };
}

function comparison(parts: Partial<Comparison<'throughput'>> = {}): Comparison<'throughput'> {
  return {
    name: 'calls',
    figures,
    ours: scripted('ours', [1, 1, 50, 60, 10]),
    against: [scripted('limit', [1, 1, 100, 100, 40])],
    ...parts,
  };
}

describe('a comparison', () => {
  it('takes the ratio within each round, and its median; the warm-up does not count', async () => {
    const [metric] = await runComparison(comparison(), options);
    expect(metric).toMatchObject({ name: 'calls.throughput', unit: '/s', better: 'higher' });
    expect(metric?.ours).toMatchObject({ name: 'ours', rounds: [50, 60, 10], median: 50 });
    expect(metric?.peers[0]?.ratio).toMatchObject({ rounds: [0.5, 0.6, 0.25], median: 0.5 });
  });

  it('measures every case in every round, in an order of its own', async () => {
    const calls: string[] = [];
    const values = [1, 1, 1, 1, 1];
    const cases = ['a', 'b', 'c'].map((name) => scripted(name, values, calls));
    const [ours, ...against] = cases as [Case<'throughput'>, Case<'throughput'>, Case<'throughput'>];
    const seen: number[] = [];
    await runComparison(comparison({ ours, against: against as never }), {
      ...options,
      random: () => 0,
      progress: (done, total) => seen.push(done / total),
    });
    expect(calls.slice(0, 6)).toEqual(['a', 'a', 'b', 'b', 'c', 'c'].map((name) => `${name} 1000`));
    expect(calls.slice(6)).toEqual(Array.from({ length: 3 }, () => ['b 20', 'c 20', 'a 20']).flat());
    expect(seen.at(-1)).toBe(1);
  });

  it('warms a case up as long as that helps', async () => {
    const calls: string[] = [];
    const ours = scripted('ours', [10, 20, 40, 43, 50, 50, 50], calls);
    const against = [scripted('limit', [1, 1, 1, 1, 1])] as const;
    const [metric] = await runComparison(comparison({ ours, against }), options);
    expect(metric?.ours.rounds).toEqual([50, 50, 50]);
    expect(calls.filter((call) => call === 'ours 1000')).toHaveLength(4);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, undefined as never])(
    'refuses %s as a figure',
    async (value) => {
      const ours = { name: 'ours', measure: () => ({ throughput: value }) };
      await expect(runComparison(comparison({ ours }), options)).rejects.toThrow(
        'calls: the case "ours" measured',
      );
    },
  );

  it.each([
    ['a name that budgets cannot carry', { name: 'My calls' }, '"My calls"'],
    ['two cases of one name', { ours: scripted('limit', [1]) }, 'same name'],
    ['no figures', { figures: {} as typeof figures }, 'no figures'],
  ])('refuses %s', async (_what, parts, words) => {
    await expect(runComparison(comparison(parts), options)).rejects.toThrow(words);
  });

  it('ends between two measurements when it is interrupted', async () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const ours = scripted('ours', [1, 1, 1], calls);
    const progress = () => controller.abort(new Error('interrupted'));
    const run = runComparison(comparison({ ours }), { ...options, signal: controller.signal, progress });
    await expect(run).rejects.toThrow('interrupted');
    expect(calls).toHaveLength(2);
  });
});
