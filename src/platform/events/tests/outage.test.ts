import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createPostgresDatabase } from '../../../testing/database-server.js';
import { describePostgres, startService } from '../../../testing/databases.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { onEvent } from '../index.js';
import { countPending, insertEffects, readEffects } from './effects.repository.js';
import { counted, eventTestMigrations, expectSoon, instanceOn, recorder } from './events-harness.js';

describePostgres('while the database is gone', () => {
  async function behindProxy() {
    const { url, drop } = await createPostgresDatabase(eventTestMigrations);
    const proxy = await FaultProxy.start(url);
    const service = await startService({ dataDir: undefined, url: proxy.url, acquireTimeoutMs: 500 });
    const direct = await startService({ dataDir: undefined, url });
    onTestFinished(async () => {
      await Promise.all([service.close(), direct.close()]);
      await drop();
    });
    return { proxy, database: service.database, direct: direct.database };
  }

  it('the health says so in words, one line is logged, and events are dispatched by themselves afterwards', async () => {
    const { proxy, database, direct } = await behindProxy();
    const lines: { msg: string }[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const instance = instanceOn(database, { log });
    await instance.start();
    await instance.add(1);
    await expectSoon(() => countPending(direct)).toBe(0);
    await proxy.kill();
    await expectSoon(() => instance.dispatcher.health()).toMatchObject({
      status: 'degraded',
      detail: expect.stringMatching(/^events are kept, but not dispatched: ./),
    });
    await instanceOn(direct).add(2);
    await proxy.restart();
    await expectSoon(() => countPending(direct)).toBe(0);
    await expectSoon(() => instance.dispatcher.health()).toEqual({ status: 'healthy' });
    expect((await readEffects(direct)).map(({ number }) => number)).toEqual([1, 2]);
    expect(lines.map(({ msg }) => msg)).toEqual([
      'events cannot be dispatched; they are kept, trying again',
      'events are dispatched again',
    ]);
  });

  it('what was delivered outside is marked later, and not delivered twice', async () => {
    const { proxy, database, direct } = await behindProxy();
    const delivered: string[] = [];
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const mailer = onEvent({
      ...{ name: 'mailer', event: counted },
      deliver: async ({ id }) => {
        delivered.push(id);
        await asked;
      },
    });
    const instance = instanceOn(database, { handlers: [mailer] });
    await instance.start();
    await instance.add(1);
    await expectSoon(() => delivered.length).toBe(1);
    await proxy.kill();
    answer();
    await expectSoon(async () => (await instance.dispatcher.health()).status).toBe('degraded');
    await proxy.restart();
    await expectSoon(() => countPending(direct)).toBe(0);
    expect(delivered).toHaveLength(1);
  });

  it('a handler in a transaction has not failed: no try is counted, and it is repeated at once', async () => {
    const { proxy, database, direct } = await behindProxy();
    const instance = instanceOn(database, { handlers: [recorder('recorder', 1)] });
    proxy.cutAt = { text: 'insert into effects', when: 'before' };
    await instance.start();
    await instance.add(1);
    await instance.add(2, { aggregate: 'a' });
    await expectSoon(() => countPending(direct)).toBe(0);
    expect(proxy.cutAt).toBeUndefined();
    expect((await readEffects(direct)).map(({ number }) => number).sort()).toEqual([1, 2]);
    expect(await instance.deadLetters.list({ limit: 10 })).toEqual([]);
  });

  it.each(['before', 'after'] as const)(
    'a commit that breaks off %s the server sees it leads to one effect',
    async (when) => {
      const { proxy, database, direct } = await behindProxy();
      const tries: number[] = [];
      const handler = onEvent({
        ...{ name: 'cut', event: counted, attemptsMax: 1 },
        handle: async (tx, { id, attempt, payload }) => {
          if (tries.push(attempt) === 1) proxy.cutAt = { text: 'commit', when };
          await insertEffects(tx, [{ handler: 'cut', eventId: id, number: payload.number }]);
        },
      });
      const instance = instanceOn(database, { handlers: [handler] });
      await instance.start();
      await instance.add(1, { aggregate: 'a' });
      await expectSoon(() => countPending(direct)).toBe(0);
      expect(tries).toEqual(when === 'before' ? [1, 1] : [1]);
      expect(await readEffects(direct)).toHaveLength(1);
      expect(await instance.deadLetters.list({ limit: 10 })).toEqual([]);
    },
  );
});
