import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUser, type SignedInUser } from '../../../testing/factories.js';
import { startTestApp, type TestApp } from '../../../testing/test-app.js';
import { SandboxProvider } from '../recharge/sandbox.provider.js';

const secret = 'a-secret-of-the-sandbox';

describe('the wallet over HTTP', () => {
  let server: TestApp;

  beforeAll(async () => {
    server = await startTestApp({ set: { 'seed.demo': false, 'wallet.sandbox.secret': secret } });
  });
  afterAll(() => server.close());

  const wallet = async ({ token }: SignedInUser) => (await server.api.get('/wallet', { token })).body;

  async function recharged(amountFen = 1_000): Promise<SignedInUser> {
    const user = await newUser(server.api);
    const body = { amountFen, provider: 'sandbox' };
    const order = (await server.api.post('/wallet/recharges', { token: user.token, body })).body;
    await server.api.post(`/payments/sandbox/${order.id}/pay`, { token: user.token });
    return user;
  }

  it('is there with the user, empty', async () => {
    const user = await newUser(server.api);
    expect(await wallet(user)).toEqual({
      ...{ available: 0, promo: 0, earnings: 0, frozen: 0, debt: 0, currency: 'coin' },
    });
  });

  it('a recharge: ordered under a key once, paid in the sandbox, told over HTTP, credited once', async () => {
    const user = await newUser(server.api);
    const { token } = user;
    const order = () =>
      server.api.post('/wallet/recharges', {
        ...{ token, headers: { 'idempotency-key': 'order-1' } },
        body: { amountFen: 1_000, provider: 'sandbox' },
      });
    const [first, second] = await Promise.all([order(), order()]);
    expect([first.status, first.body]).toEqual([201, second.body]);
    expect((await wallet(user)).available).toBe(0);
    const pay = () => server.api.post(first.body.payUrl.replace('/api/v1', ''), { token });
    expect((await Promise.all([pay(), pay(), pay()])).map(({ body }) => body.outcome)).toEqual(
      Array(3).fill('credited'),
    );
    expect(await wallet(user)).toMatchObject({ available: 2_000, promo: 1_000 });
    const { body } = await server.api.get(`/wallet/recharges/${first.body.id}`, { token });
    expect(body).toMatchObject({ status: 'paid', coins: 1_000, bonusCoins: 1_000 });
  });

  it('the signature is over the bytes of the body, not over what they mean', async () => {
    const user = await newUser(server.api);
    const body = { amountFen: 1_000, provider: 'sandbox' };
    const order = (await server.api.post('/wallet/recharges', { token: user.token, body })).body;
    const sandbox = new SandboxProvider({ secret, callbackSkewSeconds: 300 });
    const notice = { paymentId: 'p-1', orderId: order.id, amountFen: 1_000 };
    const { body: text, headers } = sandbox.callbackFor(notice, server.app.platform.clock.now());
    const tell = (bytes: string) => server.api.post('/payments/sandbox/callback', { body: bytes, headers });
    expect((await tell(JSON.stringify(JSON.parse(text), undefined, 1))).status).toBe(401);
    expect((await wallet(user)).available).toBe(0);
    expect((await tell(text)).body).toEqual({ outcome: 'credited' });
  });

  it('an unknown provider, a fraction of a yuan: 400 by name', async () => {
    const { token } = await newUser(server.api);
    const order = (body: unknown) => server.api.post('/wallet/recharges', { token, body });
    const answers = [
      await order({ amountFen: 1_000, provider: 'nobody' }),
      await order({ amountFen: 1_050, provider: 'sandbox' }),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [400, 'payment-provider-unknown'],
      [400, 'amount-invalid'],
    ]);
  });

  it('the statement: page by page, by type and moment, and as CSV, the newest first', async () => {
    const { token } = await recharged();
    const list = async (query: string) =>
      (await server.api.get(`/wallet/transactions?${query}`, { token })).body;
    const first = await list('limit=1');
    expect(first.items).toMatchObject([{ type: 'bonus', amount: 1_000, changes: { promo: 1_000 } }]);
    const second = await list(`limit=1&cursor=${first.nextCursor}`);
    expect(second).toMatchObject({ items: [{ type: 'recharge', amount: 1_000 }], nextCursor: null });
    expect((await list('type=recharge')).items).toEqual(second.items);
    expect((await list(`to=${second.items[0].at}`)).items).toEqual([]);
    const csv = (await server.api.get('/wallet/transactions.csv', { token })).body as string;
    const lines = csv.trim().split('\r\n');
    expect(lines[0]).toBe('id,at,type,amount,available,promo,earnings,frozen,debt');
    expect(lines.slice(1).map((line) => line.split(',').slice(2).join())).toEqual([
      'bonus,1000,1000,1000,0,0,0',
      'recharge,1000,1000,0,0,0,0',
    ]);
  });

  it('a moment of the past shows the balances that were then', async () => {
    const { token } = await recharged();
    const at = async (moment: string) =>
      (await server.api.get(`/wallet?at=${encodeURIComponent(moment)}`, { token })).body.available;
    const { items } = (await server.api.get('/wallet/transactions', { token })).body;
    expect(await at(items[1].at)).toBeGreaterThanOrEqual(1_000);
    expect(await at('2020-01-01T00:00:00Z')).toBe(0);
    expect(await at('2999-01-01T00:00:00Z')).toBe(2_000);
  });
});
