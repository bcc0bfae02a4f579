import { beforeAll, expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import type { Held, HoldRequest } from '../wallet.port.js';
import { findContradictions } from './books.repository.js';
import { WalletHarness } from './wallet-harness.js';

describeEachEngine('coins that are set aside', (open) => {
  let wallet: WalletHarness;

  beforeAll(async () => {
    wallet = await WalletHarness.open(open);
  });

  async function hold(userId: string, amount: number, more: Partial<HoldRequest> = {}) {
    const request: HoldRequest = {
      ...{ userId, amount, source: 'spendable', endsAt: null, reference: `order:${wallet.id()}` },
      ...more,
    };
    return wallet.transaction((tx) => wallet.coins.hold(tx, request));
  }

  const idOf = (answer: unknown) => (answer as Held).holdId;
  const inSeconds = (seconds: number) => new Date(wallet.clock.now().getTime() + seconds * 1000);
  const capture = (holdId: string, authorId?: string) =>
    wallet.transaction((tx) =>
      wallet.coins.capture(tx, {
        ...{ holdId, type: 'membership-purchase' },
        ...(authorId !== undefined && { share: { authorId, percent: 50 } }),
      }),
    );
  const release = (holdId: string) => wallet.transaction((tx) => wallet.coins.release(tx, holdId));

  test('nobody else takes them, and the same reference sets them aside once', async () => {
    const userId = await wallet.user({ paid: 60, promo: 40 });
    const reference = `order:${wallet.id()}`;
    const twins = await Promise.all([1, 2, 3].map(() => hold(userId, 70, { reference })));
    expect(new Set(twins.map(idOf)).size).toBe(1);
    expect(await wallet.coins.balances(userId)).toMatchObject({ available: 30, promo: 0, frozen: 70 });
    expect(await hold(userId, 31)).toEqual({
      ...{ allowed: false, reason: 'insufficient-balance', missing: 1 },
    });
  });

  test('released they go back where they came from', async () => {
    const userId = await wallet.user({ paid: 60, promo: 40 });
    const holdId = idOf(await hold(userId, 70));
    expect(await release(holdId)).toBe('released');
    expect(await wallet.coins.balances(userId)).toMatchObject({ available: 100, promo: 40, frozen: 0 });
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('captured and released at once: one of them happens, the other learns it', async () => {
    const [userId, authorId] = [await wallet.user({ paid: 100 }), await wallet.user()];
    const holdId = idOf(await hold(userId, 100));
    const [spent, state] = await Promise.all([capture(holdId, authorId), release(holdId)]);
    const balances = await wallet.coins.balances(userId);
    if (spent) expect([state, balances.available, balances.frozen]).toEqual(['captured', 0, 0]);
    else expect([state, balances.available, balances.frozen]).toEqual(['released', 100, 0]);
    expect(await capture(holdId, authorId)).toEqual(spent && { ...spent, repeated: true });
    expect((await wallet.coins.balances(authorId)).earnings).toBe(spent ? 50 : 0);
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('a captured hold is a spending like any other and can be given back', async () => {
    const userId = await wallet.user({ paid: 100, promo: 10 });
    const spent = await capture(idOf(await hold(userId, 50)));
    const transactionId = spent?.transactionId ?? '';
    const refund = (amount: number) =>
      wallet.transaction((tx) =>
        wallet.coins.refund(tx, { transactionId, amount, reference: `refund:${wallet.id()}` }),
      );
    expect(await refund(41)).toEqual({ allowed: false, reason: 'amount-invalid', max: 40 });
    expect(await refund(40)).toMatchObject({ allowed: true, refundable: 0 });
    expect(await wallet.coins.balances(userId)).toMatchObject({ available: 100, promo: 0 });
  });

  test('from the millisecond of their end on they are spent by nobody, whether or not the job has come', async () => {
    const userId = await wallet.user({ paid: 100 });
    const holdId = idOf(await hold(userId, 100, { endsAt: inSeconds(60) }));
    wallet.clock.advance(59_999);
    await wallet.transaction((tx) => wallet.coins.holds.expire(tx, holdId));
    expect((await wallet.coins.balances(userId)).frozen).toBe(100);
    wallet.clock.advance(1);
    expect(await capture(holdId)).toBeUndefined();
    await Promise.all([1, 2].map(() => wallet.transaction((tx) => wallet.coins.holds.expire(tx, holdId))));
    expect(await wallet.coins.balances(userId)).toMatchObject({ available: 100, frozen: 0 });
    expect(await release(holdId)).toBe('expired');
    expect(await findContradictions(wallet.database)).toEqual([]);
  });
});
