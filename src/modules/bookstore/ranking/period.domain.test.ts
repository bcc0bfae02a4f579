import { expect, it } from 'vitest';
import { dayStart, oldestStart, periodStart } from './period.domain.js';

const at = (text: string) => new Date(text);

it('a day begins at 00:00 in Shanghai, to the millisecond', () => {
  expect(dayStart(at('2026-03-01T15:59:59.999Z'))).toEqual(at('2026-02-28T16:00:00Z'));
  expect(dayStart(at('2026-03-01T16:00:00.000Z'))).toEqual(at('2026-03-01T16:00:00Z'));
});

it.each([
  ['realtime', '2026-03-01T15:30:00Z', '2026-03-01T14:00:00Z'],
  ['day', '2026-03-01T15:30:00Z', '2026-02-28T16:00:00Z'],
  // 1 March 2026 is a Sunday: its week began on Monday, 23 February.
  ['week', '2026-03-01T15:59:59Z', '2026-02-22T16:00:00Z'],
  ['week', '2026-03-01T16:00:00Z', '2026-03-01T16:00:00Z'],
  ['month', '2026-03-31T15:59:59Z', '2026-02-28T16:00:00Z'],
  ['month', '2026-03-31T16:00:00Z', '2026-03-31T16:00:00Z'],
  ['newbie', '2026-03-10T04:00:00Z', '2026-03-03T16:00:00Z'],
] as const)('%s at %s counts from %s on', (period, now, start) => {
  expect(periodStart(period, at(now))).toEqual(at(start));
});

it('what glides holds a step longer, what turns over does not', () => {
  const now = at('2026-03-10T04:30:00Z');
  expect(oldestStart('day', now)).toEqual(periodStart('day', now));
  expect(oldestStart('realtime', now)).toEqual(at('2026-03-10T02:00:00Z'));
});
