import { SandboxProvider } from '../src/modules/wallet/recharge/sandbox.provider.js';
import type { ApiClient } from '../src/testing/api-client.js';
import { newUser } from '../src/testing/factories.js';
import { earn, recharge } from './earnings.js';
import type { WritingRoute } from './lost-commit.route.js';

const sandboxSecret = 'a-secret-of-the-sandbox';
export const walletSet = { 'wallet.transferEnabled': true, 'wallet.sandbox.secret': sandboxSecret };
const withdrawal = {
  amount: 20_000,
  account: { type: 'bank', name: '林黛玉', number: '6222020200112233445' },
};

async function orderOf(api: ApiClient, token: string): Promise<{ id: string; amountFen: number }> {
  const body = { amountFen: 1_000, provider: 'sandbox' };
  return (await api.post('/wallet/recharges', { token, body })).body;
}

/** Coins on their way in, around and out. */
export const walletWrites: Readonly<Record<string, WritingRoute>> = {
  'POST /api/v1/wallet/recharges': {
    statement: 'insert into "recharge_orders"',
    inTransaction: true,
    again: { before: 201, after: 201 },
    async prepare({ api }) {
      const { token } = await newUser(api);
      const headers = { 'idempotency-key': 'recharge-order-1' };
      return {
        ask: () =>
          api.post('/wallet/recharges', { token, headers, body: { amountFen: 1_000, provider: 'sandbox' } }),
        effects: async ({ body }) =>
          (await api.get(`/wallet/recharges/${body.id}`, { token })).body.status === 'pending' ? 1 : 0,
      };
    },
  },
  'POST /api/v1/payments/{provider}/callback': {
    statement: 'insert into ledger_transactions',
    inTransaction: true,
    again: { before: 200, after: 200 },
    async prepare({ api, app }) {
      const { token } = await newUser(api);
      const { id, amountFen } = await orderOf(api, token);
      const sandbox = new SandboxProvider({ secret: sandboxSecret, callbackSkewSeconds: 300 });
      const notice = { paymentId: 'payment-1', orderId: id, amountFen };
      const { body, headers } = sandbox.callbackFor(notice, app.platform.clock.now());
      return {
        ask: () => api.post('/payments/sandbox/callback', { body, headers }),
        // With the bonus of the first one.
        effects: async () => (await api.get('/wallet', { token })).body.available / 2_000,
      };
    },
  },
  'POST /api/v1/payments/sandbox/{orderId}/pay': {
    statement: 'insert into ledger_transactions',
    inTransaction: true,
    code: 'payment-callback-undelivered',
    again: { before: 200, after: 200 },
    async prepare({ api }) {
      const { token } = await newUser(api);
      const { id } = await orderOf(api, token);
      return {
        ask: () => api.post(`/payments/sandbox/${id}/pay`, { token }),
        effects: async () => (await api.get('/wallet', { token })).body.available / 2_000,
      };
    },
  },
  'POST /api/v1/wallet/transfers': {
    statement: 'insert into ledger_transactions',
    inTransaction: true,
    again: { before: 201, after: 201 },
    async prepare({ api }) {
      const [from, to] = [await newUser(api), await newUser(api)];
      await recharge({ api }, from.token);
      const headers = { 'idempotency-key': 'transfer-number-1' };
      const body = { toUserId: to.userId, amount: 100 };
      return {
        ask: () => api.post('/wallet/transfers', { token: from.token, headers, body }),
        effects: async () => (await api.get('/wallet', { token: to.token })).body.available / 100,
      };
    },
  },
  'POST /api/v1/wallet/withdrawals': {
    statement: 'insert into "withdrawal_orders"',
    inTransaction: true,
    again: { before: 201, after: 201 },
    async prepare(server) {
      const { api } = server;
      const author = await newUser(api);
      await earn(server, author, 40_000);
      const headers = { 'idempotency-key': 'withdrawal-number-1' };
      return {
        ask: () => api.post('/wallet/withdrawals', { token: author.token, headers, body: withdrawal }),
        effects: async () =>
          (await api.get('/wallet', { token: author.token })).body.frozen / withdrawal.amount,
      };
    },
  },
  'DELETE /api/v1/wallet/withdrawals/{id}': {
    statement: 'update "withdrawal_orders"',
    inTransaction: true,
    again: { before: 204, after: 409 },
    async prepare(server) {
      const { api } = server;
      const author = await newUser(api);
      await earn(server, author, 20_000);
      const { token } = author;
      const { body } = await api.post('/wallet/withdrawals', { token, body: withdrawal });
      return {
        ask: () => api.delete(`/wallet/withdrawals/${body.id}`, { token }),
        effects: async () => (await api.get('/wallet', { token })).body.earnings / withdrawal.amount,
      };
    },
  },
};
