import { pino } from 'pino';
import type { AuditActor } from '../../../platform/audit/index.js';
import { sectionDefaults } from '../../../platform/config/index.js';
import type { Database, Tx } from '../../../platform/database/index.js';
import { EventStreams, ExportStreams } from '../../../platform/http/index.js';
import { plainOnce } from '../../../platform/idempotency/index.js';
import { newId } from '../../../platform/kernel/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import { sealerMigrations } from '../../../platform/sealer/index.js';
import type { OpenDatabase } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { RecordingAudit } from '../../../testing/recording-audit.js';
import { RecordingEvents } from '../../../testing/recording-events.js';
import { newKey, secretsWith } from '../../../testing/secrets.js';
import { insertUser } from '../../../testing/users.repository.js';
import { type Accounts, authMigrations } from '../../auth/index.js';
import { platform, purse } from '../ledger/account.domain.js';
import type { SandboxProvider } from '../recharge/sandbox.provider.js';
import { assembleWallet } from '../wallet.assembly.js';
import { type WalletConfig, walletConfig } from '../wallet.config.js';
import { walletMigrations } from '../wallet.migrations.js';
import type { Spending, Spent, WalletDenial } from '../wallet.port.js';
import { accountOf } from './books.repository.js';

const noon = new Date('2026-03-02T04:00:00Z');
const migrations = [...authMigrations, ...sealerMigrations, ...walletMigrations];

const exportStreams = new ExportStreams(new EventStreams(() => ({})), {
  exportSecondsMax: 60,
  exportsMax: 2,
});
export const walletDefaults = sectionDefaults(walletConfig);

type Assembled = ReturnType<typeof assembleWallet>;

/** The wallet on a database of its own and a clock that stands. */
export class WalletHarness {
  readonly clock = new FakeClock(noon);
  readonly metrics = new Metrics();
  readonly audit = new RecordingAudit();
  readonly events = new RecordingEvents();
  readonly parts: Assembled;
  readonly coins: Assembled['coins'];
  readonly recharges: Assembled['recharges'];
  readonly withdrawals: Assembled['withdrawals'];
  readonly staff: Assembled['staff'];
  readonly sandbox: SandboxProvider;
  readonly database: Database;
  readonly secrets: Awaited<ReturnType<typeof secretsWith>>;

  private constructor(database: Database, secrets: WalletHarness['secrets'], config: Partial<WalletConfig>) {
    this.database = database;
    this.secrets = secrets;
    const parts = assembleWallet({
      ...{ database, secrets, clock: this.clock, audit: this.audit, metrics: this.metrics },
      ...{ events: this.events, accounts: this.#accounts, exports: exportStreams },
      ...{ log: pino({ level: 'silent' }), config: sectionDefaults(walletConfig, config) },
    });
    this.parts = parts;
    this.coins = parts.coins;
    this.recharges = parts.recharges;
    this.withdrawals = parts.withdrawals;
    this.staff = parts.staff;
    this.sandbox = parts.sandbox as SandboxProvider;
  }

  /** Every user who has a wallet is an active author. */
  readonly #accounts = {
    get: async (userId: string, tx?: Tx) => accountOf(tx ?? this.database, userId),
  } as unknown as Accounts;

  static async open(open: OpenDatabase, config: Partial<WalletConfig> = {}): Promise<WalletHarness> {
    return new WalletHarness(await open({ migrations }), await secretsWith(newKey()), config);
  }

  id(): string {
    return newId(this.clock.now());
  }

  once() {
    return plainOnce(this.database);
  }

  /** A member of the staff, for one request. */
  staffOf(userId = this.id()) {
    const actor: AuditActor & { kind: 'user' } = { kind: 'user', userId };
    return { actor, once: this.once() };
  }

  /** A user with so many paid, bonus and earned coins. */
  async user({ paid = 0, promo = 0, earnings = 0 } = {}): Promise<string> {
    const userId = await insertUser(this.database, this.clock.now());
    await this.transaction(async (tx) => {
      await this.coins.open(tx, userId);
      if (promo > 0) await this.coins.give(tx, { userId, amount: promo, reference: `gift:${this.id()}` });
    });
    await this.payIn(userId, paid, 'paid');
    await this.payIn(userId, earnings, 'earnings');
    return userId;
  }

  /** An order of a recharge that nobody has paid yet. */
  order(userId: string, amountFen = 1_000) {
    return this.recharges.order(userId, { amountFen, provider: 'sandbox' }, this.once());
  }

  /** The provider tells that it has the money. */
  pay(
    order: { id: string; amountFen: number },
    more: { paymentId?: string; amountFen?: number; status?: string } = {},
  ) {
    const { body, headers } = this.sandbox.callbackFor(
      { paymentId: `payment-${order.id}`, orderId: order.id, amountFen: order.amountFen, ...more },
      this.clock.now(),
    );
    return this.recharges.receive('sandbox', { rawBody: Buffer.from(body), headers });
  }

  /** Of the last thing that was told. */
  newestTransactionId(): string {
    const { payload } = this.events.committed.at(-1) as { payload: { transactionId: string } };
    return payload.transactionId;
  }

  /** Coins for cash at the till. */
  async payIn(userId: string, coins: number, kind: 'paid' | 'earnings'): Promise<void> {
    if (coins === 0) return;
    await this.transaction(async (tx) => {
      const { ledger } = this.parts;
      const [cash, to] = [platform('cash', userId), purse(userId, kind)];
      const accounts = await ledger.lock(tx, [cash, to]);
      await ledger.post(tx, accounts, {
        ...{ type: 'recharge', reference: `till:${this.id()}`, userId },
        moves: [
          [cash, -coins],
          [to, coins],
        ],
      });
    });
  }

  /** A flow of one spending: undone when it is denied. */
  spend(payerId: string, amount: number, more: Partial<Spending> = {}): Promise<Spent | WalletDenial> {
    const reference = more.reference ?? `chapter:${this.id()}`;
    const spending: Spending = { payerId, amount, type: 'chapter-purchase', ...more, reference };
    return this.transaction(async (tx) => {
      const spent = await this.coins.spend(tx, spending);
      return spent.allowed ? spent : tx.rollback(spent);
    });
  }

  transaction<T>(work: (tx: Tx) => Promise<T>) {
    return this.database.withTransaction({ name: 'test' }, work);
  }
}
