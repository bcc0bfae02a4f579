import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createPostgresDatabase } from '../../../testing/database-server.js';
import { describePostgres, startService } from '../../../testing/databases.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { onEvent } from '../index.js';
import { countPending, readEffects } from './effects.repository.js';
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
      status: 'unhealthy',
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
    await expectSoon(async () => (await instance.dispatcher.health()).status).toBe('unhealthy');
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

  it('a commit whose outcome nobody knows leads to one effect', async () => {
    const { proxy, database, direct } = await behindProxy();
    const instance = instanceOn(database);
    for (const when of ['before', 'after'] as const) {
      await instanceOn(direct).add(1);
      proxy.cutAt = { text: 'delete from outbox_deliveries', when };
      await instance.start();
      await expectSoon(() => countPending(direct)).toBe(0);
      await instance.stop();
      expect(proxy.cutAt).toBeUndefined();
    }
    expect(await readEffects(direct)).toHaveLength(2);
  });
});
