import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CacheWarmUp, type WarmUp } from '../index.js';
import { handle, options, startCache } from './fixture.js';

async function warmUpOf(warmUp: WarmUp<string>) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const cache = await startCache();
  const things = cache.namespace<string>(options({ warmUp }));
  const service = new CacheWarmUp({ cache, log });
  onTestFinished(() => service.close());
  await service.initialize();
  return { service, things, lines, messages: () => lines.map(({ msg }) => msg) };
}

const keysOf = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);

test('the warm-up loads what is wanted before anybody asks, and says how far it is', async () => {
  const { things, messages, lines } = await warmUpOf({
    keys: async () => keysOf(50),
    load: async ({ key }) => `of ${key}`,
    perSecond: 10_000,
  });
  await vi.waitFor(() => expect(messages()).toContain('cache is warm'));
  expect(keysOf(50).map((key) => things.peek(key))).toEqual(keysOf(50).map((key) => `of ${key}`));
  expect(lines.filter(({ msg }) => msg === 'cache is warming up')).toHaveLength(9);
  expect(lines.at(-1)).toMatchObject({ namespace: 'things', total: 50 });
});

test('it keeps to its pace', async () => {
  const startMs = performance.now();
  const { messages } = await warmUpOf({ keys: async () => keysOf(11), load: async () => 'v', perSecond: 50 });
  await vi.waitFor(() => expect(messages()).toContain('cache is warm'), 5_000);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(195);
});

test('what is required keeps the instance from being ready until it is done, also when its source fails at first', async () => {
  const source = handle<string>();
  const load = vi.fn(() => source.promise).mockRejectedValueOnce(new Error('not yet'));
  const { service, messages } = await warmUpOf({
    ...{ keys: async () => ['k'], perSecond: 100, required: true },
    load,
  });
  expect(await service.health()).toMatchObject({ status: 'unhealthy', detail: 'not warm yet: things' });
  await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(2), 5_000);
  expect(messages()).toContain('a cache could not be warmed up');
  expect((await service.health()).status).toBe('unhealthy');
  source.resolve('v');
  await vi.waitFor(async () => expect((await service.health()).status).toBe('healthy'));
});

test('what is not required is tried once, and nothing waits for it', async () => {
  const load = vi.fn(() => Promise.reject(new Error('never')));
  const { service, messages } = await warmUpOf({ keys: async () => ['k'], load, perSecond: 100 });
  expect((await service.health()).status).toBe('healthy');
  await vi.waitFor(() => expect(messages()).toEqual(['a cache could not be warmed up']));
  expect(load).toHaveBeenCalledTimes(1);
});

test('a stop in the middle ends it', async () => {
  const { service, messages, things } = await warmUpOf({
    keys: async () => keysOf(1_000),
    load: async () => 'v',
    perSecond: 20,
  });
  await vi.waitFor(() => expect(things.peek('k0')).toBe('v'));
  await service.close();
  expect(things.peek('k999')).toBeUndefined();
  expect(messages()).not.toContain('cache is warm');
});
