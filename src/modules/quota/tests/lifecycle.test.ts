import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { sectionDefaults } from '../../../platform/config/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { quotaConfig } from '../quota.config.js';
import { quotaModule } from '../quota.module.js';
import { QuotaFactor, type QuotaPort } from '../quota.port.js';
import { sumGrants } from './books.repository.js';
import { QuotaHarness } from './quota-harness.js';

const minute = 60_000;

function setup({ database, clock }: QuotaHarness) {
  return quotaModule.setup({
    ...{ database, clock, factor: QuotaFactor.whenAbsent },
    ...{ config: sectionDefaults(quotaConfig), metrics: new Metrics(), log: pino({ level: 'silent' }) },
  });
}

describeEachEngine('the service quota', (open) => {
  test('its job ends calls that were left behind, at their very end', async () => {
    const harness = await QuotaHarness.open(open);
    const [sweep] = setup(harness).jobs ?? [];
    if (!sweep) throw new Error('the module has no job');
    const run = () => sweep.run({ dueAt: harness.clock.now(), signal: new AbortController().signal });
    const userId = await harness.newUser();
    const reserved = async () => (await sumGrants(harness.database, userId)).reserved;
    await harness.instance().quota.reserve(harness.request(userId));
    harness.clock.advance(10 * minute - 1);
    await run();
    expect(await reserved()).toBe(100);
    harness.clock.advance(1);
    await run();
    expect(await reserved()).toBe(0);
    expect(sweep).toMatchObject({ name: 'quota-reservation-sweep', schedule: { everySeconds: 30 } });
  });

  test('its job fails while ended calls cannot be written down, and leaves off when it is told to', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance();
    const userId = await harness.newUser();
    await quota.reserve(harness.request(userId));
    harness.clock.advance(10 * minute);
    const broken = vi
      .spyOn(harness.database, 'withTransaction')
      .mockRejectedValue(new Error('no transaction'));
    await expect(quota.sweep()).rejects.toThrow('no transaction');
    broken.mockRestore();
    await expect(quota.sweep(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(await quota.sweep()).toBe(0);
    expect((await sumGrants(harness.database, userId)).reserved).toBe(0);
  });

  test('is unhealthy when its tables cannot be read, and does not start then', async () => {
    const database = await open({ migrations: [] });
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance({}, database);
    await expect(quota.health()).rejects.toThrow('quota_grants');
    await expect(quota.initialize()).rejects.toThrow('quota_grants');
  });

  test('the module offers the quota, and without a membership the factor is one', async () => {
    const harness = await QuotaHarness.open(open);
    const parts = setup(harness);
    expect(parts.service.name).toBe('quota');
    expect(parts.routes).toHaveLength(2);
    const userId = await harness.newUser();
    const { quota } = parts.exposes as { quota: QuotaPort };
    expect(await quota.read(userId, ['reader', 'author'])).toMatchObject({ granted: 20_000 });
  });
});
