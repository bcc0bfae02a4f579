import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { authMigrations } from '../../src/modules/auth/index.js';
import { Coins } from '../../src/modules/wallet/coins.js';
import { walletMigrations } from '../../src/modules/wallet/index.js';
import { Ledger } from '../../src/modules/wallet/ledger/ledger.js';
import { insertTransaction } from '../../src/modules/wallet/ledger/ledger.repository.js';
import { recharged as event } from '../../src/modules/wallet/wallet.events.js';
import { WalletMetrics } from '../../src/modules/wallet/wallet.metrics.js';
import { sectionDefaults } from '../../src/platform/config/index.js';
import type { Database } from '../../src/platform/database/index.js';
import { Outbox, onEvent, outboxMigrations, RegisteredEvents } from '../../src/platform/events/index.js';
import {
  IdempotencyService,
  idempotencyConfig,
  idempotencyMigrations,
} from '../../src/platform/idempotency/index.js';
import { newId, systemClock } from '../../src/platform/kernel/index.js';
import { Metrics } from '../../src/platform/metrics/index.js';
import { sealerMigrations } from '../../src/platform/sealer/index.js';
import { createPostgresDatabase, startService } from '../../src/testing/database-server.js';
import { measureCalls } from '../harness/measure.js';
import { type BenchContext, type Case, defineScenario, throughputFigures } from '../scenario.js';
import { nullLogger } from '../servers/null-logger.js';
import { runPgbench } from '../servers/pgbench.js';
import { recordStatements, replay } from '../servers/recorded-statements.js';
import { insertRichUsers, paidAccounts } from '../servers/wallet-rows.repository.js';

type WalletCase = Case<'throughput'>;

const callers = 16;
const poolMax = 16;
const userCount = 5_000;
const migrations = [
  ...[...authMigrations, ...sealerMigrations, ...outboxMigrations, ...idempotencyMigrations],
  ...walletMigrations,
];

export default defineScenario({
  summary:
    'coins moved and a purchase of one star’s or many authors’ books, against pgbench and a bare driver',
  needs: ['postgres'],
  async run(context) {
    const { url, drop } = await createPostgresDatabase(migrations, context.engineUrl('postgres'));
    context.onEnd(drop);
    const service = await startService({ dataDir: undefined, poolMax, url });
    context.onEnd(() => service.close());
    const { database } = service;
    const users = await insertRichUsers(database, userCount, systemClock.now());
    const accounts = await paidAccounts(database);
    const shop = new Shop(database);
    const pgbench = await pgbenchCase(url, database, accounts);
    await context.compare({
      name: 'transfer',
      figures: throughputFigures,
      ours: caseOf('one-statement', () => transfer(database, accounts)),
      against: [pgbench],
    });
    const buyers = users.slice(0, callers);
    const authors = users.slice(callers, 2 * callers);
    const [star] = authors as [string];
    const many = caseOf('16-authors', (caller) =>
      shop.buy(buyers[caller] as string, authors[caller] as string),
    );
    await context.compare({
      name: 'purchase',
      figures: throughputFigures,
      ours: { ...many, name: 'purchase' },
      against: [pgbench, await bareCase(context, url, shop, buyers, authors)],
    });
    await context.compare({
      name: 'star-author',
      figures: throughputFigures,
      ours: caseOf('one-author', (caller) => shop.buy(buyers[caller] as string, star)),
      against: [many],
    });
  },
});

function caseOf(name: string, call: (caller: number) => Promise<unknown>): WalletCase {
  return {
    name,
    measure: async (forMs) => ({ throughput: (await measureCalls(call, { forMs, callers })).throughput }),
  };
}

/** One account of each half, in the order in which all lock them. */
function drawPair(accounts: readonly number[]): [number, number] {
  const half = Math.floor(accounts.length / 2);
  const draw = (from: number) => accounts[from + Math.floor(Math.random() * half)] as number;
  return [draw(0), draw(half)];
}

function transfer(where: Database, accounts: readonly number[]): Promise<boolean> {
  const [from, to] = drawPair(accounts);
  const at = systemClock.now();
  const id = newId(at);
  const entry = { id, at, type: 'transfer', reference: id, userId: id, originalId: null };
  return insertTransaction(where, entry, [
    { accountId: from, amount: -1 },
    { accountId: to, amount: 1 },
  ]);
}

/** The very statement, with values of pgbench's own. */
async function pgbenchCase(
  url: string,
  database: Database,
  accounts: readonly number[],
): Promise<WalletCase> {
  const [recorded] = await recordStatements(() => transfer(database, accounts));
  if (!recorded) throw new Error('a transfer sent no statement');
  const literalOf = (value: unknown): string => {
    if (value instanceof Date) return `'${value.toISOString()}'::timestamptz`;
    if (typeof value === 'number')
      return Math.abs(value) === 1 ? String(value) : (accountVariables.shift() ?? '');
    if (value === null) return 'null';
    return typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value) ? 'gen_random_uuid()' : `'${value}'`;
  };
  const accountVariables = [':first', ':second'];
  const text = recorded.text.replace(/\$(\d+)/g, (_, index) => literalOf(recorded.values[Number(index) - 1]));
  const [lowest, highest] = [accounts[0] as number, accounts.at(-1) as number];
  // Every fifth account is a paid purse.
  const steps = Math.floor((highest - lowest) / 5);
  const script = [
    `\\set one random(0, ${Math.ceil(steps / 2) - 1})`,
    `\\set other random(${Math.ceil(steps / 2)}, ${steps})`,
    `\\set first ${lowest} + 5 * :one`,
    `\\set second ${lowest} + 5 * :other`,
    `${text.replace(/\s+/g, ' ').trim()};`,
  ].join('\n');
  return {
    name: 'pgbench-transfer',
    measure: async (forMs) => ({ throughput: await runPgbench({ script, url, callers, forMs }) }),
  };
}

/** A purchase as a flow makes it: its key, its event, the coins with the author's share last. */
class Shop {
  readonly #idempotency: IdempotencyService;
  readonly #outbox: Outbox;
  readonly #coins: Coins;

  constructor(database: Database) {
    const parts = { database, clock: systemClock };
    const registry = new RegisteredEvents();
    const handlers = [onEvent({ name: 'bench', event, handle: async () => {} })];
    registry.fill([{ module: 'bench', events: [event], handlers }]);
    this.#outbox = new Outbox({ ...parts, registry, wake: () => {} });
    const ledger = new Ledger({ ...parts, metrics: new WalletMetrics(new Metrics()) });
    this.#coins = new Coins({ ...parts, ledger });
    this.#idempotency = new IdempotencyService({
      ...{ ...parts, log: nullLogger(), metrics: new Metrics(), config: sectionDefaults(idempotencyConfig) },
    });
  }

  async buy(payerId: string, authorId: string): Promise<void> {
    const key = randomUUID();
    const once = this.#idempotency.once({
      ...{ key, userId: payerId, operation: 'POST /bench', input: { key }, replayed: () => {} },
    });
    const spent = await once.transaction({ name: 'bench-buy' }, async (tx) => {
      await this.#outbox.add(tx, event, event.example, { aggregate: `wallet ${payerId}` });
      const purchase = {
        payerId,
        amount: 10,
        type: 'chapter-purchase',
        reference: `chapter:${key}`,
      } as const;
      return this.#coins.spend(tx, { ...purchase, share: { authorId, percent: 50 } });
    });
    if (!spent.allowed) throw new Error(`nothing was bought: ${spent.reason}`);
  }
}

/** The statements of each buyer's purchase, sent again and again with nothing around them. */
async function bareCase(
  context: BenchContext,
  url: string,
  shop: Shop,
  buyers: readonly string[],
  authors: readonly string[],
): Promise<WalletCase> {
  const pool = new pg.Pool({ connectionString: url, max: poolMax });
  // The server may cut a connection that is ending, as its database is dropped.
  pool.on('error', () => {});
  context.onEnd(() => pool.end());
  const recorded: Awaited<ReturnType<typeof recordStatements>>[] = [];
  for (const [caller, buyer] of buyers.entries()) {
    const buy = () => shop.buy(buyer, authors[caller] as string);
    // What comes often is prepared, as it is in a server that runs for a while.
    for (let warm = 0; warm < 4; warm++) await buy();
    recorded.push(await recordStatements(buy));
  }
  const kept = new Set([...buyers, ...authors]);
  return caseOf('bare-driver', async (caller) => {
    const renewed = new Map<string, string>();
    const renew = (id: string) => {
      if (kept.has(id)) return id;
      const fresh = renewed.get(id) ?? randomUUID();
      renewed.set(id, fresh);
      return fresh;
    };
    const fresh = (value: unknown) =>
      typeof value === 'string' ? value.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, renew) : value;
    await replay(pool, recorded[caller] ?? [], fresh);
  });
}
