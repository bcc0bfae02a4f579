import { Coins } from '../src/modules/wallet/coins.js';
import { Ledger } from '../src/modules/wallet/ledger/ledger.js';
import { WalletMetrics } from '../src/modules/wallet/wallet.metrics.js';
import { Database } from '../src/platform/database/index.js';
import { newId } from '../src/platform/kernel/index.js';
import { Metrics } from '../src/platform/metrics/index.js';
import { newBook, newUser } from '../src/testing/factories.js';
import type { TestApp } from '../src/testing/test-app.js';

/** Coins in the wallet, paid in the sandbox: the first 1 000 are doubled. */
export async function recharge(
  { api }: Pick<TestApp, 'api'>,
  token: string,
  amountFen = 1_000,
): Promise<void> {
  const body = { amountFen, provider: 'sandbox' };
  const { body: order } = await api.post('/wallet/recharges', { token, body });
  const paid = await api.post(`/payments/sandbox/${order.id}/pay`, { token });
  if (paid.status !== 200) throw new Error(`not paid: ${JSON.stringify(paid.body)}`);
}

/** Makes the user of this token an author whose book was bought, so that `coins` of earnings are there. */
export async function earn(
  { api, app }: TestApp,
  { token, userId }: { readonly token: string; readonly userId: string },
  coins: number,
): Promise<void> {
  await newBook(api, token);
  const payer = await newUser(api);
  await recharge({ api }, payer.token, 1_000_000);
  const given = app.platform.given.find(({ port }) => port === Database);
  const database = given?.implementation as Database;
  const { clock } = app.platform;
  const wallet = new Coins({
    database,
    clock,
    ledger: new Ledger({ clock, metrics: new WalletMetrics(new Metrics()) }),
  });
  const share = { authorId: userId, percent: 100 };
  const { promo } = await wallet.balances(payer.userId);
  const amount = coins + promo;
  const reference = `book:${newId(clock.now())}`;
  const spent = await database.withTransaction({ name: 'earn' }, (tx) =>
    wallet.spend(tx, { payerId: payer.userId, amount, type: 'book-purchase', reference, share }),
  );
  if (!spent.allowed) throw new Error(`nothing earned: ${JSON.stringify(spent)}`);
}
