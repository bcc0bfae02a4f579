import { expect, test } from 'vitest';
import { shanghaiDay } from './calendar.domain.js';

const midnight = Date.UTC(2026, 2, 1, 16);

test('a day in Shanghai turns over at 16:00 UTC, to the millisecond', () => {
  expect(shanghaiDay(new Date(midnight - 1)).date).toBe('2026-03-01');
  expect(shanghaiDay(new Date(midnight)).date).toBe('2026-03-02');
  expect(shanghaiDay(new Date(midnight + 1)).date).toBe('2026-03-02');
});

test('a day ends where the next one starts, 24 hours later', () => {
  const before = shanghaiDay(new Date(midnight - 1));
  const after = shanghaiDay(new Date(midnight));
  expect(before.endsAt).toEqual(after.startsAt);
  expect(after.endsAt.getTime() - after.startsAt.getTime()).toBe(86_400_000);
});
