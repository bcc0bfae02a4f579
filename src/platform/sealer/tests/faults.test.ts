import { expect, it, onTestFinished, vi } from 'vitest';
import { BreakableProxy } from '../../../testing/breakable-proxy.js';
import { createPostgresDatabase, describePostgres, startService } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import type { Database } from '../../database/index.js';
import { Metrics } from '../../metrics/index.js';
import { countSeals, entriesMigrations, sealedIds } from './entries.repository.js';
import { addEntries, sealerOf, sealUntil, verifyEntries } from './seal-harness.js';

/** The same database twice: directly, and by a way that can break. */
async function openBreakable(): Promise<{ direct: Database; breakable: Database; proxy: BreakableProxy }> {
  const { url, drop } = await createPostgresDatabase(entriesMigrations);
  onTestFinished(drop);
  const proxy = await BreakableProxy.start(url);
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
