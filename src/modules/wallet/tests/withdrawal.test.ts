import { beforeAll, expect, test } from 'vitest';
import type { SealedSecret } from '../../../platform/secrets/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { newKey, secretsWith } from '../../../testing/secrets.js';
import { walletPersonalData } from '../wallet.personal-data.js';
import { payoutAccountSecrets } from '../withdrawal/payout-account.js';
import { replaceAccount } from '../withdrawal/withdrawal.repository.js';
import { accountRows, findContradictions, setLocked, totalOf } from './books.repository.js';
import { WalletHarness } from './wallet-harness.js';

const account = { type: 'bank', name: '林黛玉', number: '6222020200112233445' } as const;

describeEachEngine('a withdrawal', (open) => {
  let wallet: WalletHarness;

  beforeAll(async () => {
    wallet = await WalletHarness.open(open);
  });

  const request = (userId: string, amount = 20_000) =>
    wallet.withdrawals.request(userId, { amount, account }, wallet.once());
  const review = (id: string, act: 'approve' | 'reject' | 'paid' | 'failed', by = wallet.staffOf()) =>
    wallet.withdrawals.review(id, act, act === 'reject' || act === 'failed' ? 'wrong name' : null, by);
  const untilPayable = () => wallet.clock.advance(24 * 3_600_000);

  test('is set aside at the request, and paid out less its fee, not before the next day', async () => {
    const userId = await wallet.user({ earnings: 50_000, paid: 70_000 });
    const order = await request(userId);
    expect(order).toMatchObject({ fee: 400, payout: 19_600, status: 'pending' });
    expect(order.payableAt).toBe('2026-03-02T16:00:00.000Z');
    expect(await wallet.coins.balances(userId)).toMatchObject({ earnings: 30_000, frozen: 20_000 });
    const [fees, out] = [
      await totalOf(wallet.database, 'fees'),
      await totalOf(wallet.database, 'withdrawals'),
    ];
    expect((await review(order.id, 'approve')).status).toBe('approved');
    await expect(review(order.id, 'paid')).rejects.toMatchObject({ code: 'withdrawal-too-early' });
    untilPayable();
    expect((await review(order.id, 'paid')).status).toBe('paid');
    expect(await wallet.coins.balances(userId)).toMatchObject({ earnings: 30_000, frozen: 0 });
    expect((await totalOf(wallet.database, 'fees')) - fees).toBe(400);
    expect((await totalOf(wallet.database, 'withdrawals')) - out).toBe(19_600);
    await expect(review(order.id, 'failed')).rejects.toMatchObject({ code: 'withdrawal-state' });
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('takes earnings only, and at least 100 yuan of them', async () => {
    const userId = await wallet.user({ earnings: 9_999, paid: 70_000, promo: 70_000 });
    await expect(request(userId, 10_000)).rejects.toMatchObject({
      ...{ code: 'insufficient-balance', options: { extensions: { missing: 1 } } },
    });
    await expect(request(userId, 9_999)).rejects.toMatchObject({ code: 'amount-invalid' });
  });

  test('asked for 10 times at once is set aside as often as there are earnings', async () => {
    const userId = await wallet.user({ earnings: 45_000 });
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => request(userId)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await wallet.coins.balances(userId)).toMatchObject({ earnings: 5_000, frozen: 40_000 });
  });

  test('rejected 10 times at once gives the coins back once', async () => {
    const userId = await wallet.user({ earnings: 20_000 });
    const { id } = await request(userId);
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => review(id, 'reject')));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await wallet.coins.balances(userId)).toMatchObject({ earnings: 20_000, frozen: 0 });
  });

  test('from 5 000 yuan on needs two different reviewers, and nobody reviews their own', async () => {
    const userId = await wallet.user({ earnings: 500_000 });
    const { id } = await request(userId, 500_000);
    const first = wallet.id();
    await expect(review(id, 'approve', wallet.staffOf(userId))).rejects.toMatchObject({
      code: 'withdrawal-own',
    });
    expect((await review(id, 'approve', wallet.staffOf(first))).status).toBe('approved-once');
    await expect(review(id, 'approve', wallet.staffOf(first))).rejects.toMatchObject({
      code: 'withdrawal-same-reviewer',
    });
    expect((await review(id, 'approve')).status).toBe('approved');
    expect(wallet.audit.entries.at(-1)).toMatchObject({
      ...{ action: 'wallet.withdrawal-approve', before: { status: 'approved-once' } },
    });
  });

  test('that failed gives the coins back, less what the author owes by then', async () => {
    const [payer, userId] = [await wallet.user({ paid: 20_000 }), await wallet.user()];
    const spent = await wallet.spend(payer, 20_000, { share: { authorId: userId, percent: 50 } });
    const { id } = await request(userId, 10_000);
    const transactionId = spent.allowed ? spent.transactionId : '';
    await wallet.staff.refund(transactionId, { amount: 20_000, reason: 'r' }, wallet.staffOf());
    expect(await wallet.coins.balances(userId)).toMatchObject({ earnings: 0, frozen: 10_000, debt: 10_000 });
    await review(id, 'approve');
    await review(id, 'failed');
    expect(await wallet.coins.balances(userId)).toMatchObject({ earnings: 0, frozen: 0, debt: 0 });
  });

  test('is cancelled by its author only, and only before its review', async () => {
    const [userId, other] = [await wallet.user({ earnings: 40_000 }), await wallet.user()];
    const [mine, reviewed] = [await request(userId), await request(userId)];
    await expect(wallet.withdrawals.cancel(other, mine.id)).rejects.toMatchObject({ code: 'not-found' });
    await wallet.withdrawals.cancel(userId, mine.id);
    expect(await wallet.coins.balances(userId)).toMatchObject({ earnings: 20_000, frozen: 20_000 });
    await review(reviewed.id, 'approve');
    await expect(wallet.withdrawals.cancel(userId, reviewed.id)).rejects.toMatchObject({
      code: 'withdrawal-state',
    });
  });

  test('does not leave a locked wallet', async () => {
    const userId = await wallet.user({ earnings: 40_000 });
    const { id } = await request(userId);
    await review(id, 'approve');
    untilPayable();
    await setLocked(wallet.database, userId, true);
    await expect(review(id, 'paid')).rejects.toMatchObject({ code: 'wallet-locked' });
    await expect(request(userId)).rejects.toMatchObject({ code: 'wallet-locked' });
    await setLocked(wallet.database, userId, false);
    expect((await review(id, 'paid')).status).toBe('paid');
  });

  test('shows the account to whoever pays; the database and the author see its end', async () => {
    const userId = await wallet.user({ earnings: 40_000 });
    const { id, account: shown } = await request(userId);
    expect(shown).toEqual({ type: 'bank', number: '****3445' });
    const [found] = await wallet.withdrawals.listForReview('pending', { limit: 1, beforeId: undefined });
    expect([found?.order.id, found?.account]).toEqual([id, { name: '林黛玉', number: account.number }]);
    const stored = JSON.stringify(await accountRows(wallet.database));
    expect(stored).toContain('3445');
    for (const secret of [account.name, account.number, Buffer.from(account.number).toString('base64')]) {
      expect(stored).not.toContain(secret);
    }
  });

  test('keeps the account closed while it is under way; afterwards the person is erased and the order stays', async () => {
    const userId = await wallet.user({ earnings: 40_000 });
    const { id } = await request(userId);
    const holder = walletPersonalData(wallet.secrets);
    const obstacle = () =>
      wallet.transaction((tx) => holder.obstacle?.(tx, userId) ?? Promise.resolve(undefined));
    const exported = async () => {
      const items: Record<string, unknown>[] = [];
      for await (const item of holder.export(wallet.database, userId)) items.push(item);
      return items;
    };
    expect((await obstacle())?.en).toContain('under way');
    expect(JSON.stringify(await exported())).toContain(account.number);
    await wallet.withdrawals.cancel(userId, id);
    expect(await obstacle()).toBeUndefined();
    await wallet.transaction((tx) => holder.erase(tx, userId));
    const left = await exported();
    expect(JSON.stringify(left)).not.toMatch(/3445|林黛玉/);
    expect(left.at(-1)).toMatchObject({ withdrawal: { id, status: 'cancelled', account: { number: '' } } });
    expect(left[0]).toMatchObject({ balances: { earnings: 40_000 } });
  });

  test('keeps its account readable under the next key', async () => {
    const userId = await wallet.user({ earnings: 40_000 });
    const { id } = await request(userId);
    const [first, next] = [newKey(), newKey()];
    const before = await secretsWith(first);
    const old = before.seal(Buffer.from('{"name":"a","number":"1234"}'), `withdrawals/${id}`);
    const after = await secretsWith(next, [first]);
    const currentKeyId = after.currentKeyId as string;
    await wallet.transaction((tx) => replaceAccount(tx, id, old));
    const reseal = (sealed: SealedSecret, about: string) =>
      sealed.keyId === old.keyId ? after.seal(after.open(sealed, about), about) : undefined;
    const batch = { after: undefined, limit: 100, currentKeyId, reseal };
    const { resealed } = await wallet.transaction((tx) => payoutAccountSecrets.resealBatch(tx, batch));
    expect(resealed).toBe(1);
    expect(await payoutAccountSecrets.keysInUse(wallet.database)).toContainEqual({
      keyId: currentKeyId,
      secrets: 1,
    });
  });
});
