import { expect, test } from 'vitest';
import { levelOf } from './reading.domain.js';
import { noon, QuotaInMemory, thresholds } from './tests/fixtures.js';

const limited = { suspended: false, unlimited: false };
const left = (available: number) => ({
  granted: 1000,
  available,
  reserved: 0,
  used: 1000 - available,
  expired: 0,
});

test.each([
  [201, 'ok'],
  [200, 'warning'],
  [101, 'warning'],
  [100, 'critical'],
  [1, 'critical'],
  [0, 'exhausted'],
])('%i of 1000 tokens left is %s', (available, level) => {
  expect(levelOf(left(available), limited, thresholds)).toBe(level);
});

test('a suspension is told before anything else, unlimited before any share', () => {
  expect(levelOf(left(0), { suspended: false, unlimited: true }, thresholds)).toBe('ok');
  expect(levelOf(left(1000), { suspended: true, unlimited: true }, thresholds)).toBe('suspended');
});

test('a user who never called has the grant of the day, without a row', () => {
  const reading = new QuotaInMemory().read();
  expect(reading).toMatchObject({ granted: 10_000, available: 10_000, level: 'ok', unlimited: false });
  expect(reading.grants).toMatchObject([{ id: null, kind: 'daily' }]);
  expect(reading.resetsAt).toBe('2026-03-02T16:00:00.000Z');
});

test('what a grant that ended today left is expired until midnight, then forgotten', () => {
  const quota = new QuotaInMemory();
  quota.grant({ tokens: 70, used: 20, endsAt: new Date(noon.getTime() + 1) });
  expect(quota.read()).toMatchObject({ granted: 10_070, available: 10_050, used: 20, expired: 0 });
  quota.clock.advance(1);
  expect(quota.read()).toMatchObject({ granted: 10_070, available: 10_000, used: 20, expired: 50 });
  quota.clock.set(new Date('2026-03-02T16:00:00Z'));
  expect(quota.read()).toMatchObject({ granted: 10_000, available: 10_000, used: 0, expired: 0 });
});
