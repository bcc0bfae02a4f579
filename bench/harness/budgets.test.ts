import { describe, expect, it } from 'vitest';
import { judge, parseBudgets } from './budgets.js';
import type { Metric } from './compare.js';
import { seriesOf } from './statistics.js';

const metric = (name: string, better: 'higher' | 'lower', ratio: number): Metric => ({
  name,
  unit: 'x',
  better,
  ours: { name: 'ours', ...seriesOf([ratio]) },
  peers: [{ name: 'limit', ...seriesOf([1]), ratio: seriesOf([ratio]) }],
});
const measured = [
  { scenario: 'http', metrics: [metric('get.throughput', 'higher', 0.5), metric('get.p99', 'lower', 3)] },
];

const judged = (yaml: string) => judge(parseBudgets(yaml), measured, ['http', 'ids']);

describe('budgets', () => {
  it('hold up to their bound, and fall short beyond it', () => {
    const holds = (bound: string, name = 'get.throughput') =>
      judged(`http: { ${name}: { limit: { ${bound} } } }`).verdicts.map((verdict) => verdict.holds);
    expect(holds('min: 0.5')).toEqual([true]);
    expect(holds('min: 0.51')).toEqual([false]);
    expect(holds('max: 3', 'get.p99')).toEqual([true]);
    expect(holds('max: 2.9', 'get.p99')).toEqual([false]);
  });

  it.each([
    ['a scenario that is not there', 'htp: { a.b: { limit: { min: 1 } } }', 'there is no scenario htp'],
    [
      'a metric that is not measured',
      'http: { get.p50: { limit: { max: 1 } } }',
      'measures no get.p50, but get.thr',
    ],
    ['a peer that is not measured', 'http: { get.p99: { peer: { max: 1 } } }', 'held against limit'],
    ['the good side', 'http: { get.p99: { limit: { min: 1 } } }', 'lower is better, so bound it by max'],
  ])('that bound %s are problems, since they could never fail', (_what, yaml, words) => {
    const { problems, verdicts } = judged(yaml);
    expect(verdicts).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(words)]);
  });

  it('of a scenario that did not run are not judged', () => {
    expect(judged('ids: { a.b: { limit: { min: 1 } } }')).toMatchObject({ verdicts: [], problems: [] });
  });

  it('that are missing are listed', () => {
    expect(judged('http: { get.p99: { limit: { max: 5 } } }').unbound).toEqual(['http get.throughput limit']);
  });

  it.each([
    ['[]', 'expected a map'],
    ['http: 3', 'http: expected a map, got 3'],
    ['http: { a.b: { limit: 1 } }', 'http a.b limit: expected { min: ratio }'],
    ['http: { a.b: { limit: { min: 0 } } }', 'above 0'],
    ['http: { a.b: { limit: { min: 1, max: 2 } } }', 'expected { min: ratio }'],
    ['http: { a.b: { limit: { least: 1 } } }', 'got {"least":1}'],
  ])('%s is refused with what was expected', (yaml, words) => {
    expect(() => parseBudgets(yaml)).toThrow(words);
  });

  it('an empty file has none', () => expect(parseBudgets('# nothing yet\n')).toEqual([]));
});
