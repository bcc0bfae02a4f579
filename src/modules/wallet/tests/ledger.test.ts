import { beforeAll, expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import {
  countTransactions,
  findContradictions,
  forge,
  newestTransaction,
  setLocked,
  totalOf,
} from './books.repository.js';
import { WalletHarness } from './wallet-harness.js';

describeEachEngine('the ledger', (open) => {
  let wallet: WalletHarness;

  beforeAll(async () => {
    wallet = await WalletHarness.open(open);
  });

  test('50 concurrent spends of a balance for 10: exactly 10', async () => {
    const payer = await wallet.user({ paid: 700, promo: 300 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => wallet.spend(payer, 100)));
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(10);
    expect(answers.filter(({ allowed }) => !allowed)).toEqual(
      Array(40).fill({ allowed: false, reason: 'insufficient-balance', missing: 100 }),
    );
    expect(await wallet.coins.balances(payer)).toMatchObject({ available: 0, promo: 0 });
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('100 equal references at once: one effect, one answer, also when the balance is enough for one only', async () => {
    const payer = await wallet.user({ paid: 150 });
    const before = await countTransactions(wallet.database, 'chapter-purchase');
    const reference = `chapter:${wallet.id()}`;
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => wallet.spend(payer, 100, { reference })),
    );
    const ids = new Set(answers.map((answer) => answer.allowed && answer.transactionId));
    expect([ids.size, ids.has(false)]).toEqual([1, false]);
    expect(answers.filter((answer) => answer.allowed && !answer.repeated)).toHaveLength(1);
    expect(await countTransactions(wallet.database, 'chapter-purchase')).toBe(before + 1);
    expect((await wallet.coins.balances(payer)).available).toBe(50);
  });

  test('a reference that names another user’s transaction is a mistake of the caller, and changes nothing', async () => {
    const [one, other] = [await wallet.user({ paid: 100 }), await wallet.user({ paid: 100 })];
    const reference = `chapter:${wallet.id()}`;
    await wallet.spend(one, 10, { reference });
    await expect(wallet.spend(other, 10, { reference })).rejects.toThrow(RangeError);
    expect((await wallet.coins.balances(other)).available).toBe(100);
  });

  test('bonus coins go first and give the author nothing; paid ones give the share, rounded down', async () => {
    const [payer, authorId] = [await wallet.user({ paid: 100, promo: 33 }), await wallet.user()];
    const revenue = await totalOf(wallet.database, 'revenue');
    const share = { authorId, percent: 50 };
    expect(await wallet.spend(payer, 40, { share })).toMatchObject({ promo: 33, share: 3 });
    expect(await wallet.coins.balances(payer)).toMatchObject({ available: 93, promo: 0 });
    expect((await wallet.coins.balances(authorId)).earnings).toBe(3);
    expect((await totalOf(wallet.database, 'revenue')) - revenue).toBe(37);
  });

  test('two authors who buy from each other at once never block each other for ever', async () => {
    const [a, b] = [await wallet.user({ paid: 1_000 }), await wallet.user({ paid: 1_000 })];
    const buys = Array.from({ length: 20 }, (_, index) => {
      const [payer, authorId] = index % 2 === 0 ? [a, b] : [b, a];
      return wallet.spend(payer, 150, { share: { authorId, percent: 70 } });
    });
    expect((await Promise.all(buys)).filter(({ allowed }) => allowed).length).toBeGreaterThanOrEqual(12);
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('nothing moves out of a locked wallet; what comes in still does', async () => {
    const [payer, other] = [await wallet.user({ paid: 100 }), await wallet.user({ paid: 100 })];
    await setLocked(wallet.database, payer, true);
    expect(await wallet.spend(payer, 10)).toEqual({ allowed: false, reason: 'wallet-locked' });
    await wallet.spend(other, 100, { share: { authorId: payer, percent: 60 } });
    expect(await wallet.coins.balances(payer)).toMatchObject({ available: 100, earnings: 60 });
    await setLocked(wallet.database, payer, false);
    expect(await wallet.spend(payer, 10)).toMatchObject({ allowed: true });
  });

  test.each([0, -1, 0.5, Number.NaN, 1_000_000_001])('%d coins are no amount', async (amount) => {
    const payer = await wallet.user({ paid: 10 });
    expect(await wallet.spend(payer, amount)).toMatchObject({ allowed: false, reason: 'amount-invalid' });
  });

  test('accounts are made once, however often', async () => {
    const payer = await wallet.user({ paid: 5 });
    await Promise.all([1, 2, 3].map(() => wallet.transaction((tx) => wallet.coins.open(tx, payer))));
    expect((await wallet.coins.balances(payer)).available).toBe(5);
  });

  test('the database itself refuses a transaction whose postings do not come to zero', async () => {
    const payer = await wallet.user({ paid: 5 });
    const id = wallet.id();
    const entry = `insert into ledger_transactions (id, at, type, reference, user_id, epoch)
      values ('${id}', '2026-03-02', 'gift', '${id}', '${payer}', 1)`;
    const posting = `insert into ledger_postings (transaction_id, account_id, amount, at, epoch)
      select '${id}', min(id), 5, '2026-03-02', 1 from ledger_accounts`;
    const transact = (statements: string[]) =>
      wallet.transaction(async (tx) => {
        for (const statement of statements) await forge(tx, statement);
      });
    await expect(transact([entry, posting])).rejects.toThrow(/come to 5, not to 0/);
    await expect(transact([entry])).rejects.toThrow(/come to nothing/);
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('the database itself refuses to add to a transaction of the past, to change or to remove', async () => {
    await wallet.user({ paid: 5 });
    const id = await newestTransaction(wallet.database);
    const refusals = [
      [
        `insert into ledger_postings (transaction_id, account_id, amount, at, epoch)
        select '${id}', max(id), amount, '2026-03-02', 1 from ledger_accounts, unnest(array[1]) as amount group by amount`,
        /same commit/,
      ],
      [`update ledger_postings set amount = amount * 2`, /append-only/],
      [`update ledger_transactions set type = 'gift'`, /append-only/],
      [`delete from ledger_postings where transaction_id = '${id}'`, /append-only/],
      [`delete from ledger_transactions where id = '${id}'`, /append-only/],
      ['truncate ledger_postings', /append-only/],
      ['truncate ledger_transactions', /append-only/],
      [`update ledger_accounts set balance = -1 where kind = 'paid'`, /ledger_accounts_not_below_zero/],
    ] as const;
    for (const [statement, why] of refusals) {
      await expect(forge(wallet.database, statement)).rejects.toThrow(why);
    }
    expect(await findContradictions(wallet.database)).toEqual([]);
  });
});
