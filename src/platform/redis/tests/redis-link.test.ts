import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import type { RedisConnection } from '../redis-connection.js';
import { RedisLink } from '../redis-link.js';
import { toleranceMs } from './helpers.js';

const log = pino({ level: 'silent' });

function startLink(delays: { reconnectDelayMs: number; reconnectDelayMsMax: number }) {
  const attemptsAtMs: number[] = [];
  const link = new RedisLink({
    name: 'test',
    delays,
    log,
    open: async () => {
      attemptsAtMs.push(performance.now());
      throw new Error('nobody there');
    },
  });
  onTestFinished(() => link.close());
  return { link, attemptsAtMs };
}

test('waits grow, never past their bound, and are random; however long the outage, it goes on', async () => {
  const { link, attemptsAtMs } = startLink({ reconnectDelayMs: 1, reconnectDelayMsMax: 64 });
  await link.start();
  await expect.poll(() => attemptsAtMs.length, { timeout: 20_000 }).toBeGreaterThan(25);
  const waits = attemptsAtMs.slice(1).map((atMs, index) => atMs - (attemptsAtMs[index] as number));
  const late = waits.slice(8);
  // Timers may be a millisecond early.
  expect(Math.min(...late)).toBeGreaterThanOrEqual(31);
  expect(Math.max(...late)).toBeLessThan(64 + toleranceMs);
  expect(new Set(late.map((ms) => Math.round(ms))).size).toBeGreaterThan(3);
});

test('the start is over with the first attempt, and the reason can be asked for', async () => {
  const { link, attemptsAtMs } = startLink({ reconnectDelayMs: 60_000, reconnectDelayMsMax: 60_000 });
  await link.start();
  expect([attemptsAtMs.length, link.connection, link.failure.message]).toEqual([
    1,
    undefined,
    'nobody there',
  ]);
});

test('a connection that comes when the link was closed already is given up', async () => {
  const destroyed: Error[] = [];
  let give = (_connection: RedisConnection) => {};
  const link = new RedisLink({
    name: 'test',
    delays: { reconnectDelayMs: 1, reconnectDelayMsMax: 1 },
    log,
    open: () => new Promise((resolve) => (give = resolve)),
  });
  const started = link.start();
  const closed = link.close();
  give({ destroy: (reason: Error) => void destroyed.push(reason) } as RedisConnection);
  await Promise.all([started, closed]);
  expect(destroyed).toHaveLength(1);
  expect(link.connection).toBeUndefined();
});
