import { expect, test, vi } from 'vitest';
import { type Database, databaseErrors } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { countReservations, findImbalances, sumGrants } from './books.repository.js';
import { allowed, QuotaHarness } from './quota-harness.js';

type Transact = Database['withTransaction'];

interface Faults {
  readonly before?: () => Promise<void> | void;
  readonly beforeCommit?: () => void;
  readonly afterCommit?: () => void;
}

/** The database, with something that happens to each transaction on its way. */
function withFaults(database: Database, faults: Faults): Database {
  const withTransaction: Transact = async (options, work) => {
    await faults.before?.();
    const result = await database.withTransaction(options, async (tx) => {
      const value = await work(tx);
      faults.beforeCommit?.();
      return value;
    });
    faults.afterCommit?.();
    return result;
  };
  return new Proxy(database, {
    get: (target, key) => (key === 'withTransaction' ? withTransaction : Reflect.get(target, key)),
  });
}

/** Fails the first `times` times. */
function failing(times: number, error: () => Error): () => void {
  let left = times;
  return () => {
    if (left-- > 0) throw error();
  };
}

function makeGate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, pass: () => opened };
}

describeEachEngine('the quota when something breaks', (open) => {
  test('a database that is gone refuses every caller with its error, none silently, and keeps nothing', async () => {
    const harness = await QuotaHarness.open(open);
    const gone = withFaults(harness.database, { before: failing(99, databaseErrors.databaseUnavailable) });
    const { quota, metric } = harness.instance({}, gone);
    const userId = await harness.newUser();
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => quota.reserve(harness.request(userId))),
    );
    const codes = answers.map((answer) => answer.status === 'rejected' && answer.reason.code);
    expect(codes).toEqual(Array(20).fill('database-unavailable'));
    expect(await countReservations(harness.database, userId)).toBe(0);
    expect((await metric('ai_quota_denied_total')).every(({ value }) => value === 0)).toBe(true);
  });

  test('a round that fails half way keeps nothing of it', async () => {
    const harness = await QuotaHarness.open(open);
    const beforeCommit = failing(1, databaseErrors.databaseUnavailable);
    const faulty = withFaults(harness.database, { beforeCommit });
    const { quota } = harness.instance({}, faulty);
    const userId = await harness.newUser();
    await expect(quota.reserve(harness.request(userId))).rejects.toMatchObject({
      code: 'database-unavailable',
    });
    expect(await sumGrants(harness.database, userId)).toEqual({ tokens: 0, used: 0, reserved: 0 });
    expect(await quota.reserve(harness.request(userId))).toMatchObject({ allowed: true, available: 9900 });
  });

  test('a commit of unknown outcome is asked again: the call runs, its ceiling is set aside once', async () => {
    const harness = await QuotaHarness.open(open);
    const afterCommit = failing(1, databaseErrors.commitOutcomeUnknown);
    const lossy = withFaults(harness.database, { afterCommit });
    const { quota } = harness.instance({}, lossy);
    const userId = await harness.newUser();
    const answers = await Promise.all([1, 2, 3].map(() => quota.reserve(harness.request(userId))));
    expect(answers.map((answer) => answer.allowed)).toEqual([true, true, true]);
    expect((await sumGrants(harness.database, userId)).reserved).toBe(300);
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('a reservation whose outcome stays unknown fails its caller and is given back', async () => {
    const harness = await QuotaHarness.open(open);
    const afterCommit = failing(2, databaseErrors.commitOutcomeUnknown);
    const lossy = withFaults(harness.database, { afterCommit });
    const { quota } = harness.instance({}, lossy);
    const userId = await harness.newUser();
    await expect(quota.reserve(harness.request(userId))).rejects.toMatchObject({
      code: 'commit-outcome-unknown',
    });
    await quota.close();
    expect(await countReservations(harness.database, userId)).toBe(1);
    expect((await sumGrants(harness.database, userId)).reserved).toBe(0);
  });

  test('one caller whose operation cannot be written fails alone', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance();
    const users = await Promise.all([1, 2, 3].map(() => harness.newUser()));
    const nobody = harness.newCallId();
    const answers = await Promise.allSettled(
      [users[0], nobody, users[1], users[2]].map((userId) =>
        quota.reserve(harness.request(userId as string)),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('a decision that comes after the deadline is a 503, and what it reserved is given back', async () => {
    const harness = await QuotaHarness.open(open);
    const gate = makeGate();
    const slow = withFaults(harness.database, { before: gate.pass });
    const { quota } = harness.instance({ config: { admission: { deadlineMs: 20 } } }, slow);
    const userId = await harness.newUser();
    await expect(quota.reserve(harness.request(userId))).rejects.toMatchObject({
      code: 'quota-busy',
      options: { retryAfterSeconds: 1 },
    });
    gate.open();
    await quota.close();
    expect(await countReservations(harness.database, userId)).toBe(1);
    expect((await sumGrants(harness.database, userId)).reserved).toBe(0);
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('a settlement whose caller stopped waiting is carried out all the same', async () => {
    const harness = await QuotaHarness.open(open);
    const userId = await harness.newUser();
    const { callId } = allowed(await harness.instance().quota.reserve(harness.request(userId)));
    const gate = makeGate();
    const slow = withFaults(harness.database, { before: gate.pass });
    const { quota } = harness.instance({ config: { admission: { deadlineMs: 20 } } }, slow);
    const usage = { promptTokens: 0, completionTokens: 42 };
    await expect(quota.settle(callId, usage)).rejects.toMatchObject({ code: 'quota-busy' });
    gate.open();
    await quota.close();
    expect(await sumGrants(harness.database, userId)).toMatchObject({ used: 42, reserved: 0 });
  });

  test('closing decides all that waits and takes nothing more; a new start takes calls again', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance({ config: { admission: { roundOperationsMax: 2 } } });
    const userId = await harness.newUser();
    await quota.initialize();
    const waiting = Array.from({ length: 9 }, () => quota.reserve(harness.request(userId)));
    await vi.waitFor(async () =>
      expect(await countReservations(harness.database, userId)).toBeGreaterThan(0),
    );
    await quota.close();
    expect((await Promise.all(waiting)).every((answer) => answer.allowed)).toBe(true);
    await expect(quota.reserve(harness.request(userId))).rejects.toMatchObject({ code: 'quota-busy' });
    await quota.initialize();
    expect(await quota.reserve(harness.request(userId))).toMatchObject({ allowed: true });
    await quota.close();
  });

  test('a membership that cannot be asked fails the call instead of guessing its grant', async () => {
    const harness = await QuotaHarness.open(open);
    const factor = { factorThousandths: () => Promise.reject(new Error('no answer')) };
    const { quota } = harness.instance({ factor });
    const userId = await harness.newUser();
    await expect(quota.reserve(harness.request(userId))).rejects.toThrow('no answer');
    expect(await countReservations(harness.database, userId)).toBe(0);
  });
});
