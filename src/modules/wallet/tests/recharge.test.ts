import { beforeAll, describe, expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { countTransactions, findContradictions } from './books.repository.js';
import { WalletHarness } from './wallet-harness.js';

describeEachEngine('a recharge', (open) => {
  let wallet: WalletHarness;

  beforeAll(async () => {
    wallet = await WalletHarness.open(open);
  });

  const available = async (userId: string) => (await wallet.coins.balances(userId)).available;
  const statusOf = async (userId: string, id: string) => (await wallet.recharges.read(userId, id)).status;

  test('credits nothing by itself; once paid its coins are there, the first of all doubled', async () => {
    const userId = await wallet.user();
    const order = await wallet.order(userId);
    expect([order.status, await available(userId)]).toEqual(['pending', 0]);
    expect(await wallet.pay(order)).toBe('credited');
    expect(await wallet.coins.balances(userId)).toMatchObject({ available: 2_000, promo: 1_000 });
    expect(await wallet.recharges.read(userId, order.id)).toMatchObject({
      status: 'paid',
      bonusCoins: 1_000,
    });
    expect(wallet.events.committed.at(-1)).toMatchObject({
      type: 'wallet.recharged',
      payload: { orderId: order.id, coins: 1_000, bonusCoins: 1_000, late: false },
    });
  });

  test('of two first recharges that are paid at once one is doubled, and never by more than 10 000', async () => {
    const userId = await wallet.user();
    const orders = [await wallet.order(userId, 50_000), await wallet.order(userId, 50_000)];
    expect(await Promise.all(orders.map((order) => wallet.pay(order)))).toEqual(['credited', 'credited']);
    expect(await wallet.coins.balances(userId)).toMatchObject({ available: 120_000, promo: 20_000 });
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('paid once and told 20 times at once: credited once, one answer', async () => {
    const userId = await wallet.user();
    const order = await wallet.order(userId);
    const before = await countTransactions(wallet.database, 'recharge');
    const answers = await Promise.all(Array.from({ length: 20 }, () => wallet.pay(order)));
    expect(new Set(answers)).toEqual(new Set(['credited']));
    expect(await countTransactions(wallet.database, 'recharge')).toBe(before + 1);
    expect(await available(userId)).toBe(2_000);
  });

  test('paid twice: the second payment is kept for the staff, not credited and not lost', async () => {
    const userId = await wallet.user();
    const order = await wallet.order(userId);
    const answers = await Promise.all(
      ['a', 'b'].map((paymentId) => wallet.pay(order, { paymentId: paymentId + order.id })),
    );
    expect(answers.sort()).toEqual(['credited', 'paid-already']);
    expect(await available(userId)).toBe(2_000);
  });

  test('the wrong amount, the wrong order, another provider’s order: nothing is credited', async () => {
    const userId = await wallet.user();
    const order = await wallet.order(userId);
    expect(await wallet.pay(order, { amountFen: 999 })).toBe('wrong-amount');
    expect(await wallet.pay({ ...order, id: wallet.id() })).toBe('unknown-order');
    expect([await available(userId), await statusOf(userId, order.id)]).toEqual([0, 'pending']);
    // The same payment cannot change its mind; a right one still counts.
    expect(await wallet.pay(order)).toBe('wrong-amount');
    expect(await wallet.pay(order, { paymentId: `right-${order.id}` })).toBe('credited');
  });

  test('money that arrives after the order expired is credited all the same, and said to be late', async () => {
    const userId = await wallet.user();
    const order = await wallet.order(userId);
    wallet.clock.advance(30 * 60_000 - 1);
    expect(await statusOf(userId, order.id)).toBe('pending');
    wallet.clock.advance(1);
    expect(await statusOf(userId, order.id)).toBe('expired');
    await wallet.recharges.expire(AbortSignal.timeout(10_000));
    expect(await wallet.pay(order)).toBe('credited');
    expect(await statusOf(userId, order.id)).toBe('paid');
    expect(await available(userId)).toBe(2_000);
    expect(wallet.events.committed.at(-1)).toMatchObject({ payload: { orderId: order.id, late: true } });
  });

  test('out of order: a failure before or after the payment changes nothing', async () => {
    const userId = await wallet.user();
    const order = await wallet.order(userId);
    const failure = { status: 'failed', paymentId: `failed-${order.id}` };
    expect(await wallet.pay(order, failure)).toBe('ignored');
    expect(await wallet.pay(order)).toBe('credited');
    expect(await wallet.pay(order, failure)).toBe('ignored');
    expect(await available(userId)).toBe(2_000);
  });

  test('the provider may be quicker than its own answer: the order is there before it hears of it', async () => {
    const userId = await wallet.user();
    const checkout = wallet.sandbox.checkout;
    wallet.sandbox.checkout = async (order) => {
      await wallet.pay(order);
      return checkout(order);
    };
    const { id } = await wallet.order(userId);
    wallet.sandbox.checkout = checkout;
    expect([await statusOf(userId, id), await available(userId)]).toEqual(['paid', 2_000]);
  });

  test.each([0, 99, 150, 100.5, 5_000_100, -100])(
    '%d fen are no amount of whole yuan from 1 to 50 000',
    async (fen) => {
      const userId = await wallet.user();
      await expect(wallet.order(userId, fen)).rejects.toMatchObject({ code: 'amount-invalid' });
    },
  );

  describe('told by somebody who is not the provider', () => {
    const hour = 3_600_000;
    const forgeries: [
      string,
      (body: string, headers: Record<string, string>) => [string, Record<string, string>],
    ][] = [
      ['without a signature', (body) => [body, {}]],
      ['with a byte changed', (body, headers) => [body.replace('1000', '9000'), headers]],
      ['with a space added', (body, headers) => [`${body} `, headers]],
      ['with another moment', (body, headers) => [body, { ...headers, 'x-sandbox-timestamp': '1772424001' }]],
      ['with half a signature', (body, headers) => [body, { ...headers, 'x-sandbox-signature': 'ab' }]],
    ];

    test.each(forgeries)('%s it is refused', async (_how, forgery) => {
      const userId = await wallet.user();
      const order = await wallet.order(userId);
      const notice = { paymentId: 'p', orderId: order.id, amountFen: 1000 };
      const signed = wallet.sandbox.callbackFor(notice, wallet.clock.now());
      const [body, headers] = forgery(signed.body, signed.headers);
      const received = wallet.recharges.receive('sandbox', { rawBody: Buffer.from(body), headers });
      await expect(received).rejects.toMatchObject({ code: 'payment-callback-refused' });
      expect(await available(userId)).toBe(0);
    });

    test.each([-hour, hour])('signed %d ms away from now it is refused', async (ms) => {
      const userId = await wallet.user();
      const order = await wallet.order(userId);
      const at = new Date(wallet.clock.now().getTime() + ms);
      const { body, headers } = wallet.sandbox.callbackFor(
        { paymentId: 'p', orderId: order.id, amountFen: 1000 },
        at,
      );
      const received = wallet.recharges.receive('sandbox', { rawBody: Buffer.from(body), headers });
      await expect(received).rejects.toMatchObject({ code: 'payment-callback-refused' });
    });
  });
});
