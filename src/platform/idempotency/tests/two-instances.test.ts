import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { createPostgresDatabase, describePostgres, startService } from '../../../testing/databases.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import type { DatabaseConfig } from '../../database/index.js';
import type { IdempotencyService } from '../index.js';
import { addEffect, effectsOf, keyRows, migrations } from './effects.repository.js';
import { codeOf, requestOf, serviceOn } from './fixture.js';

describePostgres('instances that share a PostgreSQL server', () => {
  async function sharedServer() {
    const { url, drop } = await createPostgresDatabase(migrations);
    onTestFinished(drop);
    const instance = async (values: Partial<DatabaseConfig> = {}) => {
      const service = await startService({ dataDir: undefined, url, ...values });
      onTestFinished(() => service.close());
      return service.database;
    };
    return { url, instance };
  }

  const give = (service: IdempotencyService, label: string, key = 'key-1') =>
    service.once(requestOf({ key })).transaction({ name: 'give' }, async (tx) => {
      await addEffect(tx, label);
      return { label };
    });

  test('100 equal keys at once on two instances have one effect and one answer', async () => {
    const { instance } = await sharedServer();
    const databases = [await instance(), await instance()];
    const services = databases.map((database) => serviceOn(database));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => give(services[n % 2] as IdempotencyService, `${n}`)),
    );
    expect(new Set(answers.map(({ label }) => label)).size).toBe(1);
    expect(await effectsOf(databases[0] as never)).toEqual([answers[0]?.label]);
  });

  test('a repetition elsewhere waits for the first and gets its answer; past the lock time limit it is told that it runs', async () => {
    const { instance } = await sharedServer();
    const [first, patient, hasty] = [
      await instance(),
      await instance(),
      await instance({ lockTimeoutMs: 50 }),
    ];
    let finish = () => {};
    const working = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const running = serviceOn(first)
      .once(requestOf())
      .transaction({ name: 'give' }, async (tx) => {
        await addEffect(tx, 'first');
        begun();
        await working;
        return { label: 'first' };
      });
    await hasBegun;
    const waiting = give(serviceOn(patient), 'second');
    await expect(give(serviceOn(hasty), 'third')).rejects.toMatchObject({
      code: 'idempotency-key-running',
      options: { retryAfterSeconds: 2 },
    });
    finish();
    expect([await running, await waiting]).toEqual([{ label: 'first' }, { label: 'first' }]);
    expect(await effectsOf(first)).toEqual(['first']);
  });

  test('killed before its commit nothing is left and the repetition has the effect; killed after it, it is replayed', async () => {
    const { url, instance } = await sharedServer();
    const database = await instance();
    const service = serviceOn(database);
    const before = await killAt(url, 'effect done');
    expect(before).toContain('effect done');
    await expect.poll(() => keyRows(database)).toEqual([]);
    expect(await effectsOf(database)).toEqual([]);
    const after = await killAt(url, 'committed');
    expect(after).toContain('committed');
    const replay = requestOf();
    const answer = await service.once(replay).transaction({ name: 'give' }, async (tx) => {
      await addEffect(tx, 'never');
      return { label: 'never' };
    });
    expect([answer, replay.replays()]).toEqual([{ label: 'child' }, 1]);
    expect(await effectsOf(database)).toEqual(['child']);
  });

  test('a connection that breaks in the commit leaves the outcome open, and the repetition settles it: one effect', async () => {
    const { url, instance } = await sharedServer();
    const database = await instance();
    const proxy = await FaultProxy.start(url);
    const service = serviceOn(await instance({ url: proxy.url }));
    for (const when of ['before', 'after'] as const) {
      proxy.cutAt = { text: 'commit', when };
      expect(await codeOf(give(service, `first ${when}`, when))).toBe('commit-outcome-unknown');
      const repeated = await give(serviceOn(database), `second ${when}`, when);
      expect(repeated.label).toBe(when === 'before' ? 'second before' : 'first after');
    }
    expect(await effectsOf(database)).toEqual(['first after', 'second before']);
  });

  test('while the database is gone each request is a 503 and has no effect; afterwards it has one', async () => {
    const { url, instance } = await sharedServer();
    const proxy = await FaultProxy.start(url);
    const database = await instance({ url: proxy.url, acquireTimeoutMs: 500 });
    const service = serviceOn(database);
    await proxy.kill();
    let effects = 0;
    const call = () =>
      service.once(requestOf({ key: 'call' })).effect({ name: 'call', limitSeconds: 60 }, async () => {
        effects += 1;
        return { effects };
      });
    expect(await codeOf(give(service, 'gone'))).toBe('database-unavailable');
    expect([await codeOf(call()), effects]).toEqual(['database-unavailable', 0]);
    await proxy.restart();
    expect([await give(service, 'back'), await call(), await call()]).toEqual([
      { label: 'back' },
      { effects: 1 },
      { effects: 1 },
    ]);
    expect(await effectsOf(database)).toEqual(['back']);
  });

  test('an effect whose answer cannot be written at once is written when the database is back', async () => {
    const { url, instance } = await sharedServer();
    const proxy = await FaultProxy.start(url);
    const through = serviceOn(await instance({ url: proxy.url, acquireTimeoutMs: 200 }));
    const direct = await instance();
    const call = (service: IdempotencyService, work: () => Promise<void>) =>
      service.once(requestOf()).effect({ name: 'call', limitSeconds: 60 }, async () => {
        await work();
        return 'done';
      });
    const answer = call(through, () => proxy.kill());
    await expect.poll(() => keyRows(direct)).toEqual([{ key: 'key-1', state: 'running' }]);
    await proxy.restart();
    expect(await answer).toBe('done');
    expect(await keyRows(direct)).toEqual([{ key: 'key-1', state: 'done' }]);
  });
});

const built = (path: string) =>
  JSON.stringify(new URL(`../../../../dist/platform/${path}`, import.meta.url).href);

/** Runs the effect in a process of its own, which is killed (SIGKILL) as soon as it has said `line`; answers what it said. */
async function killAt(url: string, line: string): Promise<string[]> {
  const script = `
    import { pino } from 'pino';
    import { sql } from 'kysely';
    import { Value } from 'typebox/value';
    const { DatabaseService, databaseConfig, tables } = await import(${built('database/index.js')});
    const { IdempotencyService, idempotencyConfig } = await import(${built('idempotency/index.js')});
    const { Metrics } = await import(${built('metrics/index.js')});
    const [url, until] = process.argv.slice(1);
    const say = (line) => new Promise((resolve) => process.stdout.write(line + '\\n', resolve));
    const log = pino({ level: 'silent' });
    const clock = { now: () => new Date('2026-03-01T04:00:00Z') };
    const config = { ...Value.Create(databaseConfig), url };
    const service = new DatabaseService({ config, clock, log, metrics: new Metrics() });
    await service.initialize(new AbortController().signal);
    const parts = { database: service.database, clock, config: Value.Create(idempotencyConfig), log, metrics: new Metrics() };
    const request = ${JSON.stringify(requestOf())};
    await new IdempotencyService(parts).once({ ...request, replayed() {} }).transaction({ name: 'give' }, async (tx) => {
      await sql\`insert into effects values ('child')\`.execute(tables(tx));
      await say('effect done');
      if (until === 'effect done') await new Promise((resolve) => setTimeout(resolve, 8_000));
      return { label: 'child' };
    });
    await say('committed');
    setInterval(() => {}, 1_000);`;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script, url, line], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const said: string[] = [];
  for await (const text of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    said.push(text);
    if (text === line) child.kill('SIGKILL');
  }
  await exited;
  return said;
}
