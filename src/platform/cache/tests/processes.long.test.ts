import { expect, onTestFinished, test, vi } from 'vitest';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { describeRedisServer, RedisServer, testKeyPrefix } from '../../../testing/redis.js';
import { ProcessGroup } from './process-group.js';

const leaseMs = 1_000;
const callers = 1_000;
const rounds = 100;

async function start() {
  const server = await RedisServer.start();
  const proxies = await Promise.all([1, 2, 3, 4].map(() => FaultProxy.start(server.url)));
  const ways = proxies.map(({ url }) => url);
  const group = await ProcessGroup.start(ways, { keyPrefix: testKeyPrefix(), leaseMs });
  onTestFinished(() => group.end());
  return { server, proxies, group };
}

type Started = Awaited<ReturnType<typeof start>>;

const tell = (scenario: string, figures: Readonly<Record<string, number>>) =>
  console.info(`${scenario}: ${JSON.stringify(figures)}`);

/** Process 0 sets a new value, the others read until they have it: how many old answers they got, and for how long. */
async function staleReads({ group }: Started, count: number) {
  const [writer, ...readers] = group.members;
  let stale = 0;
  let longestMs = 0;
  for (let value = 1; value <= count; value++) {
    await writer?.ask('set', { key: 'k', value });
    const seen = await Promise.all(
      readers.map((one) =>
        one.ask<{ stale: number; tookMs: number }>('readUntil', {
          key: 'k',
          until: value,
          timeoutMs: 60_000,
        }),
      ),
    );
    stale += seen.reduce((sum, one) => sum + one.stale, 0);
    longestMs = Math.max(longestMs, ...seen.map(({ tookMs }) => tookMs));
  }
  return { changes: count, stale, longestMs: Math.round(longestMs) };
}

const back = ({ group }: Started) =>
  vi.waitFor(async () => {
    const states = await Promise.all(group.members.map((one) => one.ask('redis')));
    expect(states).toEqual(['up', 'up', 'up', 'up']);
  }, 30_000);

describeRedisServer('four processes over one Redis', () => {
  test('load each of many cold keys once', async () => {
    const started = await start();
    let loads = 0;
    for (let round = 0; round < rounds; round++) {
      const key = `cold-${round}`;
      const answers = started.group.load(key, callers);
      await started.group.untilLoads(key, 1);
      started.group.release('v');
      expect(await answers).toEqual([['v'], ['v'], ['v'], ['v']]);
      loads += started.group.loadsOf(key);
    }
    tell('cold keys', { keys: rounds, callers: 4 * callers, loads });
    expect(loads).toBe(rounds);
  });

  test('read what was changed soon after', async () => {
    const started = await start();
    const figures = await staleReads(started, rounds);
    tell('changes', figures);
    expect(figures.longestMs).toBeLessThan(2_000);
  });

  test('on a slow network, too', async () => {
    const started = await start();
    for (const proxy of started.proxies) proxy.delayMs = 20;
    const figures = await staleReads(started, rounds / 4);
    tell('changes with 40 ms of way', figures);
    expect(figures.longestMs).toBeLessThan(2_000);
  });

  test('load once each while Redis is gone, and read each other’s changes when it is back', async () => {
    const started = await start();
    const { server, group } = started;
    await group.members[0]?.ask('set', { key: 'k', value: 0 });
    await server.kill();
    const answers = group.load('outage', callers);
    await group.untilLoads('outage', 4);
    group.release('v');
    expect(await answers).toEqual([['v'], ['v'], ['v'], ['v']]);
    const loads = group.loadsOf('outage');
    expect(await group.members[0]?.ask('delete', { key: 'k' })).toBe('remembered');
    await server.restart();
    await back(started);
    tell('Redis killed', { processes: 4, loads, ...(await staleReads(started, 10)) });
    expect(loads).toBe(4);
  });

  test('read what was changed after connections were lost, one after the other', async () => {
    const started = await start();
    let stale = 0;
    let longestMs = 0;
    for (let round = 1; round <= 20; round++) {
      started.proxies[1 + (round % 3)]?.reset();
      await started.group.members[0]?.ask('set', { key: 'k', value: round });
      const seen = await Promise.all(
        started.group.members.slice(1).map((one) =>
          one.ask<{ stale: number; tookMs: number }>('readUntil', {
            key: 'k',
            until: round,
            timeoutMs: 60_000,
          }),
        ),
      );
      stale += seen.reduce((sum, one) => sum + one.stale, 0);
      longestMs = Math.max(longestMs, ...seen.map(({ tookMs }) => tookMs));
    }
    tell('connections lost', { changes: 20, stale, longestMs: Math.round(longestMs) });
    expect(longestMs).toBeLessThan(35_000);
  });
});
