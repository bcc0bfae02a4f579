import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { sectionDefaults } from '../../../platform/config/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { quotaConfig } from '../quota.config.js';
import { quotaModule } from '../quota.module.js';
import { QuotaFactor, type QuotaPort } from '../quota.port.js';
import { sumGrants } from './books.repository.js';
import { QuotaHarness } from './quota-harness.js';

const minute = 60_000;
const often = { reservation: { sweepIntervalSeconds: 1 } };

describeEachEngine('the service quota', (open) => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('ends calls that were left behind without being asked, and stops doing so when closed', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance({ config: often });
    const userId = await harness.newUser();
    const reserved = async () => (await sumGrants(harness.database, userId)).reserved;
    await quota.reserve(harness.request(userId));
    await quota.initialize();
    harness.clock.advance(10 * minute);
    await vi.waitFor(async () => expect(await reserved()).toBe(0), { timeout: 20_000, interval: 50 });
    expect(await quota.health()).toEqual({ status: 'healthy' });

    await quota.reserve(harness.request(userId));
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    await quota.close();
    harness.clock.advance(10 * minute);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await reserved()).toBe(100);
  });

  test('is unhealthy when its tables cannot be read, and does not start then', async () => {
    const database = await open({ migrations: [] });
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance({}, database);
    await expect(quota.health()).rejects.toThrow('quota_grants');
    await expect(quota.initialize()).rejects.toThrow('quota_grants');
  });

  test('is degraded while ended calls cannot be written down, until that works again', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance({ config: often });
    const userId = await harness.newUser();
    await quota.reserve(harness.request(userId));
    harness.clock.advance(10 * minute);
    const broken = vi
      .spyOn(harness.database, 'withTransaction')
      .mockRejectedValue(new Error('no transaction'));
    await quota.initialize();
    const status = async () => (await quota.health()).status;
    const patience = { timeout: 20_000, interval: 50 };
    await vi.waitFor(async () => expect(await status()).toBe('degraded'), patience);
    broken.mockRestore();
    await vi.waitFor(async () => expect(await status()).toBe('healthy'), patience);
    expect((await sumGrants(harness.database, userId)).reserved).toBe(0);
    await quota.close();
  });

  test('the module offers the quota, and without a membership the factor is one', async () => {
    const harness = await QuotaHarness.open(open);
    const parts = quotaModule.setup({
      ...{ database: harness.database, clock: harness.clock, factor: QuotaFactor.whenAbsent },
      ...{ config: sectionDefaults(quotaConfig), metrics: new Metrics(), log: pino({ level: 'silent' }) },
    });
    expect(parts.service.name).toBe('quota');
    expect(parts.routes).toHaveLength(2);
    const userId = await harness.newUser();
    const { quota } = parts.exposes as { quota: QuotaPort };
    expect(await quota.read(userId, ['reader', 'author'])).toMatchObject({ granted: 20_000 });
  });
});
