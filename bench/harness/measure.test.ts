import { expect, it } from 'vitest';
import { Latencies, measureCalls, measureThroughput } from './measure.js';

it('throughput counts the calls of a synchronous operation', () => {
  let calls = 0;
  const startedAt = performance.now();
  const { throughput } = measureThroughput(() => ++calls, 20);
  const perSecond = calls / ((performance.now() - startedAt) / 1000);
  expect(throughput).toBeGreaterThanOrEqual(perSecond);
  expect(throughput).toBeLessThanOrEqual(calls / 0.02);
});

it('as many calls are in flight as there are callers, and no more', async () => {
  let inFlight = 0;
  let most = 0;
  const callers = new Set<number>();
  const sample = await measureCalls(
    async (caller) => {
      callers.add(caller);
      most = Math.max(most, ++inFlight);
      await new Promise(setImmediate);
      inFlight -= 1;
    },
    { forMs: 20, callers: 5 },
  );
  expect(most).toBe(5);
  expect([...callers]).toEqual([0, 1, 2, 3, 4]);
  expect(sample.throughput).toBeGreaterThan(0);
  expect(sample.cpu).toBeGreaterThan(0);
  expect(sample.p99).toBeGreaterThanOrEqual(sample.p50);
});

it('a failing call ends the measurement with its error, after the calls in flight', async () => {
  let inFlight = 0;
  const run = measureCalls(
    async (caller) => {
      inFlight += 1;
      await new Promise(setImmediate);
      inFlight -= 1;
      if (caller === 1) throw new Error('no luck');
    },
    { forMs: 60_000, callers: 3 },
  );
  await expect(run).rejects.toThrow('no luck');
  expect(inFlight).toBe(0);
});

it('quantiles are right within a thousandth, from a microsecond to a minute', () => {
  const latencies = new Latencies();
  for (let call = 1; call <= 100; call++) latencies.record(call === 100 ? 60_000 : 0.001 * call);
  const { p50, p99, calls, throughput } = latencies.sample(50);
  expect(p50 / 0.05).toBeCloseTo(1, 2);
  expect(p99 / 0.099).toBeCloseTo(1, 2);
  expect(calls).toBe(100);
  expect(throughput).toBe(2000);
});
