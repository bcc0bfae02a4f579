import { describe, expect, test } from 'vitest';
import type { Outcome } from './operation.domain.js';
import { noon, QuotaInMemory, readerDaily, reserveOf } from './tests/fixtures.js';

const minute = 60_000;
const midnight = new Date('2026-03-02T16:00:00Z');
const usage = (promptTokens: number, completionTokens: number) => ({ promptTokens, completionTokens });

function charged(outcome: Outcome) {
  if (outcome.kind !== 'found') throw new Error(`expected a call, got ${outcome.kind}`);
  return { charged: outcome.reservation.charged, absorbed: outcome.reservation.absorbed };
}

describe('what a call may cost', () => {
  test('factors are thousandths and the sum of both parts is rounded up once', () => {
    const quota = new QuotaInMemory();
    quota.apply(reserveOf('c', { promptTokens: 3, maxTokens: 3, inFactor: 500, outFactor: 1500 }));
    expect(quota.read().reserved).toBe(6);
    expect(charged(quota.apply({ kind: 'settle', callId: 'c', usage: usage(1, 1) })).charged).toBe(2);
  });

  test('a default shrinks to what is left, down to 64 and no further', () => {
    const quota = new QuotaInMemory();
    const few = (tokens: number) => ({ entitlement: { tokens, unlimited: false }, maxTokens: undefined });
    expect(quota.apply(reserveOf('a', { ...few(163), promptTokens: 100 }))).toMatchObject({ kind: 'denied' });
    expect(quota.apply(reserveOf('b', { ...few(164), promptTokens: 100 }))).toMatchObject({
      kind: 'reserved',
      reservation: { maxTokens: 64, ceiling: 164 },
      available: 0,
    });
  });

  test('a maximum that was asked for is granted whole or refused', () => {
    const quota = new QuotaInMemory();
    const thousand = { entitlement: { tokens: 1000, unlimited: false } };
    expect(quota.apply(reserveOf('a', { ...thousand, maxTokens: 1001 })).kind).toBe('denied');
    expect(quota.apply(reserveOf('b', { ...thousand, maxTokens: 1000 })).kind).toBe('reserved');
  });

  test('a free model runs on an empty quota', () => {
    const quota = new QuotaInMemory();
    const broke = { entitlement: { tokens: 0, unlimited: false }, inFactor: 0, outFactor: 0 };
    expect(quota.apply(reserveOf('a', { ...broke, promptTokens: 50 })).kind).toBe('reserved');
    expect(quota.apply(reserveOf('b', { ...broke, outFactor: 1 })).kind).toBe('denied');
  });

  test('a call that costs more takes what is available and the rest is absorbed', () => {
    const quota = new QuotaInMemory();
    const hundred = { entitlement: { tokens: 100, unlimited: false } };
    quota.apply(reserveOf('a', { ...hundred, maxTokens: 40 }));
    quota.apply(reserveOf('b', { ...hundred, maxTokens: 50 }));
    const settled = quota.apply({ kind: 'settle', callId: 'a', usage: usage(0, 200) });
    expect(charged(settled)).toEqual({ charged: 50, absorbed: 150 });
    expect(quota.read(hundred.entitlement)).toMatchObject({ available: 0, reserved: 50, used: 50 });
  });
});

describe('the order of spending', () => {
  test('the nearest end pays first, then the oldest, and what was bought outlasts the day', () => {
    const quota = new QuotaInMemory();
    const year = new Date('2027-03-02T00:00:00Z');
    const older = quota.grant({ kind: 'purchased', tokens: 10, endsAt: year });
    const newer = quota.grant({ kind: 'package', tokens: 10, endsAt: year });
    const soon = quota.grant({ tokens: 10, endsAt: new Date(noon.getTime() + 1) });
    const few = { entitlement: { tokens: 5, unlimited: false }, maxTokens: 27 };
    const outcome = quota.apply(reserveOf('a', few));
    const daily = [...quota.grants.values()].find((g) => g.kind === 'daily');
    expect(outcome).toMatchObject({
      reservation: {
        split: [
          { grantId: soon.id, tokens: 10 },
          { grantId: daily?.id, tokens: 5 },
          { grantId: older.id, tokens: 10 },
          { grantId: newer.id, tokens: 2 },
        ],
      },
    });
  });

  test('a charge below the ceiling is paid by the grants that end first', () => {
    const quota = new QuotaInMemory();
    const bought = quota.grant({ kind: 'purchased', tokens: 100, endsAt: new Date('2027-01-01T00:00:00Z') });
    quota.apply(reserveOf('a', { entitlement: { tokens: 30, unlimited: false }, maxTokens: 60 }));
    quota.apply({ kind: 'settle', callId: 'a', usage: usage(0, 35) });
    expect(quota.grants.get(bought.id)).toMatchObject({ used: 5, reserved: 0 });
  });
});

describe('a call is settled once', () => {
  test('a second settle, release or end reads the first one', () => {
    const quota = new QuotaInMemory();
    quota.apply(reserveOf('a'));
    quota.apply({ kind: 'settle', callId: 'a', usage: usage(0, 10) });
    const after = quota.read();
    quota.clock.advance(11 * minute);
    const again = quota.round([
      { kind: 'settle', callId: 'a', usage: usage(0, 99) },
      { kind: 'release', callId: 'a' },
      { kind: 'expire', callId: 'a' },
    ]);
    expect(again.outcomes.map(charged)).toEqual(Array(3).fill({ charged: 10, absorbed: 0 }));
    expect(again.journal).toEqual([]);
    expect(quota.read()).toEqual(after);
  });

  test('a released call is charged nothing, also when it is settled later', () => {
    const quota = new QuotaInMemory();
    quota.apply(reserveOf('a'));
    quota.apply({ kind: 'release', callId: 'a' });
    expect(charged(quota.apply({ kind: 'settle', callId: 'a', usage: usage(5, 50) })).charged).toBe(0);
    expect(quota.read()).toMatchObject({ available: 10_000, reserved: 0, used: 0 });
  });

  test('the same reservation asked twice sets tokens aside once', () => {
    const quota = new QuotaInMemory();
    const { outcomes, newReservations } = quota.round([reserveOf('a'), reserveOf('a')]);
    expect(outcomes.map((o) => o.kind)).toEqual(['reserved', 'reserved']);
    expect(newReservations).toHaveLength(1);
    expect(quota.read().reserved).toBe(100);
  });

  test('a call id that is over, or of another user, reserves nothing', () => {
    const quota = new QuotaInMemory();
    quota.apply(reserveOf('a'));
    expect(quota.apply(reserveOf('a', { userId: 'u2' })).kind).toBe('conflict');
    quota.apply({ kind: 'release', callId: 'a' });
    expect(quota.apply(reserveOf('a')).kind).toBe('conflict');
    expect(quota.read().reserved).toBe(0);
  });

  test('nothing is settled that was never reserved', () => {
    const quota = new QuotaInMemory();
    expect(quota.apply({ kind: 'settle', callId: 'nobody', usage: usage(0, 9) }).kind).toBe('unknown');
    expect(quota.grants.size).toBe(0);
  });
});

describe('a call that nobody settles', () => {
  test('is charged what was noted, at its end and not a millisecond before', () => {
    const quota = new QuotaInMemory();
    quota.apply(reserveOf('a', { promptTokens: 20 }));
    quota.apply({ kind: 'note', callId: 'a', usage: usage(20, 30) });
    const end = noon.getTime() + 10 * minute;
    quota.clock.set(end - 1);
    expect(quota.apply({ kind: 'expire', callId: 'a' })).toMatchObject({ reservation: { state: 'open' } });
    expect(quota.read()).toMatchObject({ reserved: 120, used: 0 });
    quota.clock.set(end);
    expect(quota.read()).toMatchObject({ reserved: 0, used: 50, available: 9950 });
    expect(charged(quota.apply({ kind: 'expire', callId: 'a' })).charged).toBe(50);
    expect(quota.read()).toMatchObject({ reserved: 0, used: 50, available: 9950 });
  });

  test('costs the same whether somebody settles too late or a sweep finds it', () => {
    const quota = new QuotaInMemory();
    quota.apply(reserveOf('a'));
    quota.apply({ kind: 'note', callId: 'a', usage: usage(0, 7) });
    quota.clock.advance(10 * minute);
    const late = quota.apply({ kind: 'settle', callId: 'a', usage: usage(0, 90) });
    expect(late).toMatchObject({ reservation: { state: 'expired', charged: 7 } });
  });

  test('costs its ceiling at most', () => {
    const quota = new QuotaInMemory();
    quota.apply(reserveOf('a'));
    quota.apply({ kind: 'note', callId: 'a', usage: usage(0, 130) });
    quota.clock.advance(10 * minute);
    expect(charged(quota.apply({ kind: 'expire', callId: 'a' }))).toEqual({ charged: 100, absorbed: 30 });
  });

  test('does not block its user: the next call finds the tokens without a sweep', () => {
    const quota = new QuotaInMemory();
    const all = { entitlement: { tokens: 100, unlimited: false } };
    quota.apply(reserveOf('a', all));
    quota.clock.advance(10 * minute - 1);
    expect(quota.apply(reserveOf('b', all)).kind).toBe('denied');
    quota.clock.advance(1);
    expect(quota.apply(reserveOf('c', all)).kind).toBe('reserved');
  });

  test('a note that arrives late or out of order never takes tokens back', () => {
    const quota = new QuotaInMemory();
    quota.apply(reserveOf('a'));
    quota.apply({ kind: 'note', callId: 'a', usage: usage(5, 40) });
    quota.apply({ kind: 'note', callId: 'a', usage: usage(5, 10) });
    expect(quota.reservations.get('a')?.noted).toEqual(usage(5, 40));
  });
});

describe('the end of a day', () => {
  test.each([
    [-1, 60],
    [0, 100],
    [1, 100],
  ])('%i ms from midnight the day has %i tokens left', (offsetMs, available) => {
    const quota = new QuotaInMemory();
    const entitlement = { tokens: 100, unlimited: false };
    quota.apply(reserveOf('a', { entitlement, maxTokens: 40 }));
    quota.apply({ kind: 'settle', callId: 'a', usage: usage(0, 40) });
    quota.clock.set(midnight.getTime() + offsetMs);
    expect(quota.read(entitlement).available).toBe(available);
    expect(quota.apply(reserveOf('b', { entitlement, maxTokens: available + 1 })).kind).toBe('denied');
    expect(quota.apply(reserveOf('c', { entitlement, maxTokens: available })).kind).toBe('reserved');
  });

  test('a reservation outlives its grant: it is charged there and the rest expires', () => {
    const quota = new QuotaInMemory();
    quota.clock.set(midnight.getTime() - 1);
    quota.apply(reserveOf('a'));
    quota.clock.set(midnight);
    const settled = quota.apply({ kind: 'settle', callId: 'a', usage: usage(0, 30) });
    expect(settled).toMatchObject({ reservation: { charged: 30 }, available: 10_000 });
    const [yesterday] = [...quota.grants.values()].filter((g) => g.endsAt <= midnight);
    expect(yesterday).toMatchObject({ used: 30, reserved: 0 });
    expect(quota.read()).toMatchObject({ granted: 10_000, available: 10_000, used: 0, expired: 0 });
  });

  test('a membership that ends with the day gives no tokens of the next one', () => {
    const quota = new QuotaInMemory();
    quota.clock.set(midnight.getTime() - 1);
    quota.apply(reserveOf('a', { entitlement: { tokens: 100_000, unlimited: false } }));
    quota.clock.set(midnight);
    quota.apply({ kind: 'settle', callId: 'a', usage: usage(0, 30) });
    expect(quota.read()).toMatchObject({ granted: 10_000, available: 10_000 });
    expect(quota.apply(reserveOf('b', { maxTokens: 10_001 })).kind).toBe('denied');
    expect(quota.apply(reserveOf('c', { maxTokens: 10_000 })).kind).toBe('reserved');
  });
});

describe('roles', () => {
  test('a rise lifts the grant of the day at once, a fall counts from midnight', () => {
    const quota = new QuotaInMemory();
    const author = { tokens: 20_000, unlimited: false };
    quota.apply(reserveOf('a'));
    expect(quota.read(author)).toMatchObject({ granted: 20_000, reserved: 100 });
    expect(quota.apply(reserveOf('b', { entitlement: author }))).toMatchObject({ available: 19_800 });
    expect(quota.apply(reserveOf('c', { entitlement: readerDaily }))).toMatchObject({ available: 19_700 });
    expect(quota.read(readerDaily).granted).toBe(20_000);
    quota.clock.set(midnight);
    expect(quota.read(readerDaily).granted).toBe(10_000);
  });

  test('unlimited refuses nothing, counts everything and spares what was bought', () => {
    const quota = new QuotaInMemory();
    const bought = quota.grant({ kind: 'purchased', tokens: 50, endsAt: new Date('2027-01-01T00:00:00Z') });
    const entitlement = { tokens: 0, unlimited: true };
    const reserved = quota.apply(reserveOf('a', { entitlement, maxTokens: 1_000_000 }));
    expect(reserved).toMatchObject({ kind: 'reserved', unlimited: true, available: 50 });
    const settled = quota.apply({ kind: 'settle', callId: 'a', usage: usage(0, 2_000_000) });
    expect(charged(settled)).toEqual({ charged: 2_000_000, absorbed: 0 });
    expect(quota.grants.get(bought.id)).toMatchObject({ used: 0, reserved: 0 });
    expect(quota.read(entitlement)).toMatchObject({
      ...{ unlimited: true, level: 'ok', granted: 2_000_050, used: 2_000_000, available: 50, expired: 0 },
    });
  });
});

describe('a suspended quota', () => {
  test('refuses whatever is granted meanwhile, and still settles what runs', () => {
    const quota = new QuotaInMemory();
    quota.apply(reserveOf('a'));
    quota.suspended.add('u1');
    quota.grant({ tokens: 1_000_000, endsAt: new Date('2027-01-01T00:00:00Z') });
    expect(quota.apply(reserveOf('b'))).toMatchObject({ kind: 'denied', reason: 'suspended' });
    expect(quota.apply(reserveOf('c', { entitlement: { tokens: 0, unlimited: true } })).kind).toBe('denied');
    expect(charged(quota.apply({ kind: 'settle', callId: 'a', usage: usage(0, 9) })).charged).toBe(9);
    expect(quota.read().level).toBe('suspended');
  });
});
