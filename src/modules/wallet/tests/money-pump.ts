import fc from 'fast-check';
import { totalOf } from './books.repository.js';
import type { WalletHarness } from './wallet-harness.js';

/** Two readers and two authors who are in it together, and a staff that grants whatever the rules allow. */
interface Gang {
  readonly readers: readonly string[];
  readonly authors: readonly string[];
  /** Transactions that can be refunded. */
  readonly transactions: string[];
}

type Step = (wallet: WalletHarness, gang: Gang) => Promise<void>;

const who = fc.nat({ max: 1 });
const pick = <T>(list: readonly T[], index: number) => list[index % list.length] as T;
const account = { type: 'bank', name: 'a', number: '12345' } as const;

/** A step that the rules deny is no step. */
async function attempt<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: { code?: string }) => {
    if (error.code === undefined) throw error;
    return undefined;
  });
}

const recharge: fc.Arbitrary<Step> = fc
  .record({ reader: who, yuan: fc.constantFrom(10, 100, 500) })
  .map(({ reader, yuan }) => async (wallet, { readers, transactions }) => {
    await wallet.pay(await wallet.order(pick(readers, reader), yuan * 100));
    transactions.push(wallet.newestTransactionId());
  });

/** Mostly all that is there. */
const portion = fc.oneof({ weight: 3, arbitrary: fc.constant(100) }, fc.integer({ min: 1, max: 100 }));

const buy: fc.Arbitrary<Step> = fc
  .record({
    payer: fc.constantFrom(0, 0, 1, 2, 3),
    author: who,
    percent: fc.constantFrom(50, 60, 70),
    portion,
  })
  .map(({ payer, author, percent, portion: part }) => async (wallet, { readers, authors, transactions }) => {
    const payerId = pick([...readers, ...authors], payer);
    const authorId = pick(authors, author);
    const { available, earnings } = await wallet.coins.balances(payerId);
    const amount = Math.floor(((available + earnings) * part) / 100);
    if (amount === 0 || payerId === authorId) return;
    const spent = await wallet.spend(payerId, amount, { share: { authorId, percent } });
    if (spent.allowed) transactions.push(spent.transactionId);
  });

/** Mostly the latest, and mostly all of it. */
const refund: fc.Arbitrary<Step> = fc
  .record({
    back: fc.constantFrom(1, 1, 2, 3, 5),
    amount: fc.constantFrom(1_000_000_000, 1_000_000_000, 333),
  })
  .map(({ back, amount }) => async (wallet, { transactions }) => {
    const id = transactions.at(-back);
    if (id !== undefined) await refundUpTo(wallet, id, amount);
  });

const withdraw: fc.Arbitrary<Step> = fc
  .record({ author: who, ending: fc.constantFrom('paid', 'paid', 'failed', 'reject', 'open') })
  .map(({ author, ending }) => async (wallet, { authors }) => {
    const userId = pick(authors, author);
    const { earnings: amount } = await wallet.coins.balances(userId);
    const order = await attempt(wallet.withdrawals.request(userId, { amount, account }, wallet.once()));
    if (!order || ending === 'open') return;
    const review = (act: 'approve' | 'paid' | 'failed' | 'reject') =>
      attempt(wallet.withdrawals.review(order.id, act, 'r', wallet.staffOf()));
    if (ending === 'reject') return void (await review('reject'));
    await review('approve');
    await review('approve');
    wallet.clock.advance(24 * 3_600_000);
    await review(ending as 'paid' | 'failed');
  });

/** So many coins, or as many as may still be given back. */
async function refundUpTo(wallet: WalletHarness, id: string, amount: number): Promise<void> {
  const give = (coins: number) =>
    wallet.staff.refund(id, { amount: coins, reason: 'r' }, wallet.staffOf()).then(
      () => undefined,
      (error: { code?: string; options?: { params?: { max?: number } } }) => {
        if (error.code === undefined) throw error;
        return error.options?.params?.max;
      },
    );
  const max = await give(amount);
  if (max !== undefined && max > 0) await give(max);
}

/** Sequences of at most so many steps. */
export function schemes(stepsMax: number): fc.Arbitrary<Step[]> {
  return fc.array(
    fc.oneof(
      { weight: 2, arbitrary: recharge },
      { weight: 4, arbitrary: buy },
      { weight: 3, arbitrary: refund },
      { weight: 4, arbitrary: withdraw },
    ),
    { minLength: 4, maxLength: stepsMax, size: 'max' },
  );
}

/** Plays a scheme with a gang of its own; answers fen that came in and went out by then. */
export async function play(
  wallet: WalletHarness,
  scheme: readonly Step[],
): Promise<{ paidIn: number; paidOut: number }> {
  const users = await Promise.all([1, 2, 3, 4].map(() => wallet.user()));
  const gang = { readers: users.slice(0, 2), authors: users.slice(2), transactions: [] };
  const cash = await totalOf(wallet.database, 'cash');
  const out = await totalOf(wallet.database, 'withdrawals');
  for (const step of scheme) await step(wallet, gang);
  // Everything that can still be turned into money is.
  for (const authorId of gang.authors) await cashOut(wallet, authorId);
  // The newest first: what was bought is given back before the recharge that paid for it.
  for (const id of [...gang.transactions].reverse()) {
    await refundUpTo(wallet, id, 1_000_000_000);
    for (const reader of gang.readers) {
      const { available, promo } = await wallet.coins.balances(reader);
      await refundUpTo(wallet, id, available - promo);
    }
  }
  const cashLeft = cash - (await totalOf(wallet.database, 'cash'));
  const withdrawn = (await totalOf(wallet.database, 'withdrawals')) - out;
  // What came in and stayed in is what the till has gained; what left by withdrawals comes out of that.
  return { paidIn: cashLeft, paidOut: withdrawn };
}

async function cashOut(wallet: WalletHarness, authorId: string): Promise<void> {
  const { earnings: amount } = await wallet.coins.balances(authorId);
  const order = await attempt(wallet.withdrawals.request(authorId, { amount, account }, wallet.once()));
  if (!order) return;
  for (let approvals = 0; approvals < 2; approvals++) {
    await attempt(wallet.withdrawals.review(order.id, 'approve', null, wallet.staffOf()));
  }
  wallet.clock.advance(24 * 3_600_000);
  await attempt(wallet.withdrawals.review(order.id, 'paid', null, wallet.staffOf()));
}
