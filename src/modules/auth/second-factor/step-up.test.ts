import { expect, it } from 'vitest';
import { secondFactorState } from './step-up.js';

const now = new Date('2026-03-01T12:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const on = before(86_400);

it.each([
  ['off', 'no second factor, and none is needed', null, null, ['admin'], false],
  ['off', 'compulsory for admins, and this is none', null, null, ['operator'], true],
  ['missing', 'compulsory, and an admin without one', null, null, ['reader', 'admin'], true],
  ['stale', 'never proved in this session', on, null, ['admin'], true],
  ['fresh', 'proved a second before the end', on, before(599), ['reader'], false],
  ['stale', 'at the end itself', on, before(600), ['reader'], false],
] as const)('%s: %s', (state, _why, totpEnabledAt, steppedUpAt, roles, isCompulsoryForAdmins) => {
  const rule = { stepUpTtlSeconds: 600, isCompulsoryForAdmins };
  expect(secondFactorState({ totpEnabledAt, steppedUpAt, roles }, now, rule)).toBe(state);
});
