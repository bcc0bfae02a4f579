import { expect, it } from 'vitest';
import type { AuthChange } from './auth-change.js';
import { RecentChanges } from './recent-changes.js';

const subjects = { tokenId: 't1', sessionId: 's1', userId: 'u1' };
const change = (kind: AuthChange['kind'], subject: string): AuthChange => ({
  kind,
  subject,
  reason: 'logout',
});

it.each([
  ['token', 't1'],
  ['session', 's1'],
  ['user', 'u1'],
  ['role', 'editor'],
] as const)(
  'a %s that changes while it is read makes what was read out of date, and what is read later not',
  (kind, subject) => {
    const changes = new RecentChanges();
    changes.apply([change('session', 'another')]);
    const before = changes.position;
    expect(changes.changedSince(before, subjects)).toBe(false);
    changes.apply([change(kind, subject)]);
    expect(changes.changedSince(before, subjects)).toBe(true);
    expect(changes.changedSince(changes.position, subjects)).toBe(false);
    changes.apply([change('user', 'another')]);
    expect(changes.changedSince(before, subjects)).toBe(true);
  },
);

it('what others changed, and a subject of another kind with the same name, is no concern', () => {
  const changes = new RecentChanges();
  const before = changes.position;
  changes.apply([change('session', 's2'), change('user', 's1'), change('token', 'u1'), change('key', 's1')]);
  expect(changes.changedSince(before, subjects)).toBe(false);
});

it('after a gap everything is read anew, also what is being read', () => {
  const changes = new RecentChanges();
  const before = changes.position;
  changes.forgetAll();
  expect(changes.changedSince(before, subjects)).toBe(true);
  expect(changes.changedSince(changes.position, subjects)).toBe(false);
});

it('more subjects than are kept count as everything, so that nothing is forgotten', () => {
  const changes = new RecentChanges();
  changes.apply([change('session', 's1')]);
  const afterwards = changes.position;
  const before = 0;
  for (let n = 0; n <= 50_000; n += 1) changes.apply([change('session', `other-${n}`)]);
  expect(changes.changedSince(before, subjects)).toBe(true);
  expect(changes.changedSince(afterwards, subjects)).toBe(true);
  expect(changes.changedSince(changes.position, subjects)).toBe(false);
});
