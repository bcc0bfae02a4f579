import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createPostgresDatabase, describePostgres, startService } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import type { Database } from '../../database/index.js';
import { Metrics } from '../../metrics/index.js';
import { raiseEpoch } from '../index.js';
import { countSeals, entriesMigrations, runStatement, sealedIds, tamper } from './entries.repository.js';
import { addEntries, sealerOf, sealUntil, verifyEntries } from './seal-harness.js';

/** The same database twice: directly, and by a way that can break. */
async function openBreakable(): Promise<{ direct: Database; breakable: Database; proxy: FaultProxy }> {
  const { url, drop } = await createPostgresDatabase(entriesMigrations);
  onTestFinished(drop);
  const proxy = await FaultProxy.start(url);
  const limits = { acquireTimeoutMs: 500, statementTimeoutMs: 1_000 };
  const services = await Promise.all([
    startService({ dataDir: undefined, url }),
    startService({ dataDir: undefined, url: proxy.url, ...limits }),
  ]);
  onTestFinished(async () => {
    await Promise.all(services.map((service) => service.close()));
  });
  const [direct, breakable] = services;
  return { direct: direct.database, breakable: breakable.database, proxy };
}

describePostgres('when its connection breaks, the sealer', () => {
  it.each(['before', 'after'] as const)('%s the commit of a seal, seals each row once', async (when) => {
    const { direct, breakable, proxy } = await openBreakable();
    await addEntries(direct, [{ author: 'a' }, { author: 'b' }]);
    const sealer = sealerOf(breakable);
    await vi.waitFor(
      async () => {
        proxy.cutAt = { text: 'commit', when };
        await expect(sealer.run()).rejects.toThrow();
      },
      { timeout: 20_000 },
    );
    proxy.cutAt = undefined;
    await vi.waitFor(async () => expect(await countSeals(direct)).toBe(when === 'before' ? 0 : 1));
    await sealUntil(direct, 2, sealer);
    expect(await countSeals(direct)).toBe(1);
    expect(await verifyEntries(direct)).toMatchObject({ ok: true, checked: 2 });
  });

  it('is degraded while the database is gone, and goes on by itself when it is back', async () => {
    const { direct, breakable, proxy } = await openBreakable();
    const clock = new FakeClock();
    const metrics = new Metrics();
    const sealer = sealerOf(breakable, { clock, metrics, config: { intervalMs: 20 } });
    sealer.start();
    onTestFinished(() => sealer.stop());
    await proxy.kill();
    await addEntries(direct, [{ author: 'a' }]);
    clock.advance(10_000);
    await vi.waitFor(() => expect(sealer.health()).toMatchObject({ status: 'degraded' }));
    await vi.waitFor(
      async () => expect(await metrics.registry.metrics()).toMatch(/seal_failures_total.* [1-9]/),
      {
        timeout: 10_000,
      },
    );
    await proxy.restart();
    await vi.waitFor(async () => expect(await sealedIds(direct)).toHaveLength(1), { timeout: 20_000 });
    await vi.waitFor(() => expect(sealer.health().status).toBe('healthy'), { timeout: 5_000 });
    expect(await metrics.registry.metrics()).toContain('seal_rows_total{chain="entries"} 1');
  });
});

describePostgres('with no more than the documented grants, the application', () => {
  it('writes, seals, verifies and begins an epoch, and can switch no trigger off', async () => {
    const { url, drop } = await createPostgresDatabase(entriesMigrations);
    const owner = await startService({ dataDir: undefined, url });
    const role = `test_role_${randomUUID().replaceAll('-', '')}`;
    const password = randomUUID();
    const statements = [
      `create role ${role} login password '${password}'`,
      `grant select, insert on entries, seals to ${role}`,
      `grant select, insert, delete on entry_remarks to ${role}`,
      `grant select, update on seal_chains to ${role}`,
    ];
    for (const statement of statements) await runStatement(owner.database, statement);
    const own = Object.assign(new URL(url), { username: role, password });
    const service = await startService({ dataDir: undefined, url: own.href });
    onTestFinished(async () => {
      await service.close();
      await runStatement(owner.database, `drop owned by ${role}`);
      await runStatement(owner.database, `drop role ${role}`);
      await owner.close();
      await drop();
    });
    const db = service.database;
    await addEntries(db, [{ author: 'a', remark: 'x' }]);
    await sealUntil(db, 1);
    await db.withTransaction({ name: 'raise' }, async (tx) => void (await raiseEpoch(tx, 'entries')));
    await addEntries(db, [{ author: 'b' }]);
    await sealUntil(db, 2);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 2 });
    await expect(tamper(db, "update entries set author = 'x'")).rejects.toThrow(/owner/);
    await expect(runStatement(db, 'delete from entries')).rejects.toThrow(/permission denied/);
  });
});
