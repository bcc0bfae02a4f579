import { beforeAll, expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import type { Spent } from '../wallet.port.js';
import { findContradictions, setLocked, totalOf } from './books.repository.js';
import { WalletHarness } from './wallet-harness.js';

describeEachEngine('a refund', (open) => {
  let wallet: WalletHarness;

  beforeAll(async () => {
    wallet = await WalletHarness.open(open);
  });

  const refund = (id: string, amount: number, reason = 'wrong chapter') =>
    wallet.staff.refund(id, { amount, reason }, wallet.staffOf());
  const transactionOf = async (spent: Promise<unknown>) => ((await spent) as Spent).transactionId;
  const earnings = async (userId: string) => (await wallet.coins.balances(userId)).earnings;

  test('in any number of parts gives back what was paid and no coin more, with the share, and is audited', async () => {
    const [payer, authorId] = [await wallet.user({ paid: 101, promo: 9 }), await wallet.user()];
    const share = { authorId, percent: 50 };
    const id = await transactionOf(wallet.spend(payer, 110, { share }));
    expect(await earnings(authorId)).toBe(50);
    for (const part of [33, 33, 33]) await refund(id, part);
    expect(await earnings(authorId)).toBe(1);
    await expect(refund(id, 3)).rejects.toMatchObject({
      code: 'amount-invalid',
      options: { params: { max: 2 } },
    });
    expect(await refund(id, 2)).toMatchObject({ amount: 2, refundable: 0 });
    expect(await wallet.coins.balances(payer)).toMatchObject({ available: 101, promo: 0 });
    expect(await earnings(authorId)).toBe(0);
    expect(wallet.audit.entries.at(-1)).toMatchObject({
      ...{ action: 'wallet.refunded', reason: 'wrong chapter', after: { amount: 2, refundable: 0 } },
    });
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('by 20 members of the staff at once never exceeds what was paid', async () => {
    const payer = await wallet.user({ paid: 100 });
    const id = await transactionOf(wallet.spend(payer, 100));
    const parts = await Promise.allSettled(Array.from({ length: 20 }, () => refund(id, 30)));
    expect(parts.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect((await wallet.coins.balances(payer)).available).toBe(90);
  });

  test('of a share that is no longer there leaves a debt, which coming shares repay first', async () => {
    const [payer, other] = [await wallet.user({ paid: 100 }), await wallet.user({ paid: 100 })];
    const authorId = await wallet.user();
    const share = { authorId, percent: 70 };
    const id = await transactionOf(wallet.spend(payer, 100, { share }));
    await wallet.spend(authorId, 60);
    await refund(id, 100);
    expect(await wallet.coins.balances(authorId)).toMatchObject({ earnings: 0, debt: 60 });
    expect(await wallet.coins.balances(payer)).toMatchObject({ available: 100, promo: 60 });
    await wallet.spend(other, 100, { share });
    expect(await wallet.coins.balances(authorId)).toMatchObject({ earnings: 10, debt: 0 });
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('leaves a debt that 10 buyers at once repay once, to the coin', async () => {
    const [payer, authorId] = [await wallet.user({ paid: 100 }), await wallet.user()];
    const share = { authorId, percent: 50 };
    const id = await transactionOf(wallet.spend(payer, 100, { share }));
    await wallet.spend(authorId, 50);
    await refund(id, 100);
    const buyers = await Promise.all(Array.from({ length: 10 }, () => wallet.user({ paid: 15 })));
    await Promise.all(buyers.map((buyer) => wallet.spend(buyer, 15, { share })));
    expect(await wallet.coins.balances(authorId)).toMatchObject({ earnings: 10 * 7 - 50, debt: 0 });
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('takes nothing out of an author’s locked wallet: they owe it', async () => {
    const [payer, authorId] = [await wallet.user({ paid: 100 }), await wallet.user()];
    const id = await transactionOf(wallet.spend(payer, 100, { share: { authorId, percent: 50 } }));
    await setLocked(wallet.database, authorId, true);
    await refund(id, 100);
    expect(await wallet.coins.balances(authorId)).toMatchObject({ earnings: 50, debt: 50 });
  });

  test('of a recharge pays back money less the bonus that was spent, and takes the rest of the bonus', async () => {
    const userId = await wallet.user();
    const order = await wallet.order(userId);
    await wallet.pay(order);
    await wallet.spend(userId, 600);
    const id = wallet.newestTransactionId();
    const cash = await totalOf(wallet.database, 'cash');
    expect(await refund(id, 500)).toMatchObject({ amount: 500, refundable: 500 });
    expect(await refund(id, 500)).toMatchObject({ amount: 500, refundable: 0 });
    expect((await totalOf(wallet.database, 'cash')) - cash).toBe(400);
    expect(await wallet.coins.balances(userId)).toMatchObject({ available: 0, promo: 0 });
    await expect(refund(id, 1)).rejects.toMatchObject({ code: 'amount-invalid' });
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('of a recharge whose coins are spent, or of a locked wallet, is denied by name', async () => {
    const userId = await wallet.user();
    await wallet.pay(await wallet.order(userId));
    const id = wallet.newestTransactionId();
    await setLocked(wallet.database, userId, true);
    await expect(refund(id, 500)).rejects.toMatchObject({ code: 'wallet-locked' });
    await setLocked(wallet.database, userId, false);
    await wallet.spend(userId, 1_600);
    await expect(refund(id, 500)).rejects.toMatchObject({
      ...{ code: 'insufficient-balance', options: { extensions: { missing: 100 } } },
    });
  });

  test('of a transaction that is neither, or of none, is not found', async () => {
    const userId = await wallet.user();
    const { transactionId } = await wallet.staff.adjust(userId, { amount: 5, reason: 'r' }, wallet.staffOf());
    for (const id of [transactionId, wallet.id()]) {
      await expect(refund(id, 1)).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  test('staff gives bonus coins and takes bonus and paid ones, never below zero, never from a locked wallet', async () => {
    const userId = await wallet.user({ paid: 100 });
    const adjust = (amount: number) =>
      wallet.staff.adjust(userId, { amount, reason: 'campaign' }, wallet.staffOf());
    await adjust(50);
    expect(await wallet.coins.balances(userId)).toMatchObject({ available: 150, promo: 50 });
    await adjust(-60);
    expect(await wallet.coins.balances(userId)).toMatchObject({ available: 90, promo: 0 });
    await expect(adjust(-91)).rejects.toMatchObject({ code: 'insufficient-balance' });
    await expect(adjust(0)).rejects.toMatchObject({ code: 'amount-invalid' });
    await wallet.staff.setLocked(userId, true, wallet.staffOf());
    await expect(adjust(-1)).rejects.toMatchObject({ code: 'wallet-locked' });
    expect(wallet.audit.entries.at(-1)).toMatchObject({
      ...{ action: 'wallet.locked', before: { locked: false }, after: { locked: true } },
    });
    await wallet.staff.setLocked(userId, false, wallet.staffOf());
    expect(await adjust(-1)).toMatchObject({ amount: -1 });
  });
});
