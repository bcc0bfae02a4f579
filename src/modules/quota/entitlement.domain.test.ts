import { expect, test } from 'vitest';
import { type DailyTokensByRole, entitlementOf } from './entitlement.domain.js';

const daily: DailyTokensByRole = {
  reader: 10_000,
  author: { novice: 20_000, signed: 100_000, master: 'unlimited' },
  staff: 'unlimited',
};
const limited = (tokens: number) => ({ tokens, unlimited: false });
const unlimited = { tokens: 0, unlimited: true };

test('everyone has at least the tokens of a reader, whatever the roles say', () => {
  expect(entitlementOf(['reader'], daily, 1000)).toEqual(limited(10_000));
  expect(entitlementOf([], daily, 1000)).toEqual(limited(10_000));
  expect(entitlementOf(['no-such-role'], daily, 1000)).toEqual(limited(10_000));
});

test('the best role decides', () => {
  expect(entitlementOf(['reader', 'author'], daily, 1000)).toEqual(limited(20_000));
  expect(entitlementOf(['reader', 'author'], daily, 1000, 'signed')).toEqual(limited(100_000));
  expect(entitlementOf(['author'], daily, 1000, 'master')).toEqual(unlimited);
  for (const staff of ['reviewer', 'operator', 'admin']) {
    expect(entitlementOf(['reader', 'author', staff], daily, 1000)).toEqual(unlimited);
  }
});

test('a factor multiplies in whole tokens, rounded down', () => {
  expect(entitlementOf(['reader'], daily, 1500)).toEqual(limited(15_000));
  expect(entitlementOf(['reader'], { ...daily, reader: 3 }, 1500)).toEqual(limited(4));
  expect(entitlementOf(['reader'], daily, 0)).toEqual(limited(0));
});

test('no number of tokens and no factor reads as unlimited', () => {
  expect(entitlementOf(['reader'], { ...daily, reader: 0 }, 1000)).toEqual(limited(0));
  expect(entitlementOf(['reader'], { ...daily, reader: 1_000_000_000 }, 10_000).unlimited).toBe(false);
});
