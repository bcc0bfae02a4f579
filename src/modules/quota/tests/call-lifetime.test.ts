import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import {
  deleteSuspension,
  findImbalances,
  insertGrant,
  insertSuspension,
  sumGrants,
  usageDays,
} from './books.repository.js';
import { allowed, QuotaHarness } from './quota-harness.js';

const minute = 60_000;
const midnight = new Date('2026-03-02T16:00:00Z');
const tokens = (completionTokens: number) => ({ promptTokens: 0, completionTokens });

describeEachEngine('the life of a call', (open) => {
  test('an instance that dies between reserve and settle is charged what it had noted', async () => {
    const harness = await QuotaHarness.open(open);
    const userId = await harness.newUser();
    const dead = harness.instance().quota;
    const { callId } = allowed(await dead.reserve(harness.request(userId)));
    await dead.note(callId, tokens(35));
    const { quota: survivor } = harness.instance();

    harness.clock.advance(10 * minute - 1);
    expect(await survivor.sweep()).toBe(0);
    expect(await survivor.read(userId, ['reader'])).toMatchObject({ reserved: 100, used: 0 });
    harness.clock.advance(1);
    expect(await survivor.read(userId, ['reader'])).toMatchObject({ reserved: 0, used: 35, available: 9965 });
    expect(await sumGrants(harness.database, userId)).toMatchObject({ reserved: 100, used: 0 });
    expect(await survivor.sweep()).toBe(1);
    expect(await survivor.read(userId, ['reader'])).toMatchObject({ reserved: 0, used: 35, available: 9965 });
    expect(await sumGrants(harness.database, userId)).toMatchObject({ reserved: 0, used: 35 });
    expect(await survivor.sweep()).toBe(0);
    expect(await survivor.settle(callId, tokens(90))).toMatchObject({ chargedTokens: 35 });
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('two instances that sweep at once end each call once', async () => {
    const harness = await QuotaHarness.open(open);
    const userId = await harness.newUser();
    const config = { admission: { roundOperationsMax: 16 } };
    const instances = [1, 2].map(() => harness.instance({ config }).quota);
    const calls = Array.from({ length: 40 }, () => harness.request(userId));
    await Promise.all(calls.map((request) => instances[0]?.reserve(request)));
    await Promise.all(calls.map(({ callId }) => instances[0]?.note(callId, tokens(3))));
    harness.clock.advance(10 * minute);
    await Promise.all(instances.map((quota) => quota.sweep()));
    expect(await sumGrants(harness.database, userId)).toMatchObject({ reserved: 0, used: 120 });
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('a new call finds the tokens of one that was left behind, before any sweep', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance({ config: { daily: { reader: 100 } } });
    const userId = await harness.newUser();
    allowed(await quota.reserve(harness.request(userId)));
    harness.clock.advance(10 * minute);
    expect(await quota.reserve(harness.request(userId))).toMatchObject({ allowed: true });
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test.each([-1, 0, 1])('the day turns over at midnight in Shanghai, seen from %i ms', async (offsetMs) => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance({ config: { daily: { reader: 100 } } });
    const userId = await harness.newUser();
    const { callId } = allowed(await quota.reserve(harness.request(userId, { maxTokens: 60 })));
    await quota.settle(callId, tokens(60));
    harness.clock.set(midnight.getTime() + offsetMs);
    const left = offsetMs < 0 ? 40 : 100;
    expect((await quota.read(userId, ['reader'])).available).toBe(left);
    const tooMuch = await quota.reserve(harness.request(userId, { maxTokens: left + 1 }));
    expect(tooMuch).toMatchObject({ allowed: false, available: left });
    expect(await quota.reserve(harness.request(userId, { maxTokens: left }))).toMatchObject({
      allowed: true,
    });
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('a reservation outlives its grant: charged to yesterday, counted today, the rest expired', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance();
    const userId = await harness.newUser();
    harness.clock.set(midnight.getTime() - 1);
    const { callId } = allowed(await quota.reserve(harness.request(userId)));
    harness.clock.set(midnight);
    expect(await quota.settle(callId, tokens(30))).toEqual({
      ...{ chargedTokens: 30, absorbedTokens: 0, remaining: 10_000, unlimited: false },
      resetsAt: '2026-03-03T16:00:00.000Z',
    });
    expect(await quota.read(userId, ['reader'])).toMatchObject({ granted: 10_000, used: 0, expired: 0 });
    expect(await usageDays(harness.database, userId)).toMatchObject([
      { day: '2026-03-03', charged_tokens: 30 },
    ]);
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('a second settle and a late release read the first charge', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance();
    const userId = await harness.newUser();
    const { callId } = allowed(await quota.reserve(harness.request(userId)));
    const first = await quota.settle(callId, tokens(40));
    expect(await quota.settle(callId, tokens(99))).toEqual(first);
    await quota.release(callId);
    expect(await quota.read(userId, ['reader'])).toMatchObject({ used: 40, reserved: 0, available: 9960 });
    expect(await usageDays(harness.database, userId)).toMatchObject([{ calls: 1, charged_tokens: 40 }]);
  });

  test('a provider that fails before its first token costs nothing and leaves no trace in the history', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance();
    const userId = await harness.newUser();
    const { callId } = allowed(await quota.reserve(harness.request(userId)));
    await quota.release(callId);
    await quota.release(callId);
    expect(await quota.read(userId, ['reader'])).toMatchObject({ used: 0, reserved: 0, available: 10_000 });
    const history = await quota.history(userId, { limit: 10, beforeId: undefined });
    expect(history.map((entry) => entry.kind)).toEqual(['grant']);
  });

  test('what a call costs beyond everything is absorbed, counted once and never owed', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota, metric } = harness.instance({ config: { daily: { reader: 100 } } });
    const userId = await harness.newUser();
    const { callId } = allowed(await quota.reserve(harness.request(userId)));
    const settled = { chargedTokens: 100, absorbedTokens: 150, remaining: 0 };
    expect(await quota.settle(callId, tokens(250))).toMatchObject(settled);
    expect(await quota.settle(callId, tokens(250))).toMatchObject(settled);
    expect(await metric('ai_quota_absorbed_tokens_total')).toMatchObject([{ value: 150 }]);
    harness.clock.set(midnight);
    expect((await quota.read(userId, ['reader'])).available).toBe(100);
  });

  test('a suspended quota refuses until it is activated, whatever was granted meanwhile', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota, metric } = harness.instance();
    const userId = await harness.newUser();
    const now = harness.clock.now();
    await insertSuspension(harness.database, userId, now);
    await insertGrant(harness.database, {
      userId,
      kind: 'gift',
      tokens: 50,
      startsAt: now,
      endsAt: midnight,
    });
    expect(await quota.reserve(harness.request(userId))).toMatchObject({
      allowed: false,
      reason: 'suspended',
    });
    expect((await quota.read(userId, ['reader'])).level).toBe('suspended');
    expect(await metric('ai_quota_denied_total')).toContainEqual({
      labels: { reason: 'suspended' },
      value: 1,
    });
    await deleteSuspension(harness.database, userId);
    expect(await quota.reserve(harness.request(userId))).toMatchObject({ allowed: true, available: 9950 });
  });

  test('staff are refused nothing and everything they use is recorded', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance();
    const userId = await harness.newUser();
    const roles = ['reader', 'operator'];
    const request = harness.request(userId, { roles, maxTokens: 1_000_000 });
    expect(await quota.reserve(request)).toMatchObject({ allowed: true, unlimited: true });
    await quota.settle(request.callId, tokens(1_500_000));
    expect(await quota.read(userId, roles)).toMatchObject({
      ...{ unlimited: true, level: 'ok', used: 1_500_000, reserved: 0, expired: 0 },
    });
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('a membership lifts the grant of the day at once; its end counts from midnight', async () => {
    const harness = await QuotaHarness.open(open);
    let thousandths = 1000;
    const { quota } = harness.instance({ factor: { factorThousandths: async () => thousandths } });
    const userId = await harness.newUser();
    allowed(await quota.reserve(harness.request(userId)));
    thousandths = 3000;
    expect(await quota.read(userId, ['reader'])).toMatchObject({ granted: 30_000, available: 29_900 });
    expect(allowed(await quota.reserve(harness.request(userId))).available).toBe(29_800);
    thousandths = 1000;
    expect(allowed(await quota.reserve(harness.request(userId))).available).toBe(29_700);
    harness.clock.set(midnight);
    expect((await quota.read(userId, ['reader'])).granted).toBe(10_000);
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('the history explains every token of the balance, newest first', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance();
    const userId = await harness.newUser();
    for (const used of [10, 20, 30]) {
      const { callId } = allowed(await quota.reserve(harness.request(userId)));
      await quota.settle(callId, tokens(used));
      harness.clock.advance(1);
    }
    const history = await quota.history(userId, { limit: 10, beforeId: undefined });
    expect(history.map((entry) => entry.tokens)).toEqual([-30, -20, -10, 10_000]);
    const balance = history.reduce((sum, entry) => sum + entry.tokens, 0);
    expect((await quota.read(userId, ['reader'])).available).toBe(balance);
  });
});
