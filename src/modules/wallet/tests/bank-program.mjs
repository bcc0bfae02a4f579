// One server of the bank as a process of its own, run from the build: its clients move coins at random and repeat
// what they got no answer to under the same key. Tells on standard output what was answered.
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { Value } from 'typebox/value';

const { url, dataDir, users, clients, operations, until, secretsKey } = JSON.parse(process.argv[2]);
const load = (path) => import(new URL(`../../../../dist/${path}.js`, import.meta.url).href);
const { DatabaseService, databaseConfig, migrate } = await load('platform/database/index');
const { sectionDefaults } = await load('platform/config/index');
const { IdempotencyService, idempotencyConfig, idempotencyMigrations } = await load(
  'platform/idempotency/index',
);
const { newId, systemClock: clock } = await load('platform/kernel/index');
const { Metrics } = await load('platform/metrics/index');
const { sealerMigrations } = await load('platform/sealer/index');
const { StoredSecrets } = await load('platform/secrets/index');
const { authMigrations } = await load('modules/auth/index');
const { assembleWallet } = await load('modules/wallet/wallet.assembly');
const { walletConfig } = await load('modules/wallet/wallet.config');
const { walletMigrations } = await load('modules/wallet/wallet.migrations');
const { findByReference } = await load('modules/wallet/ledger/ledger.repository');

const tell = (line) => process.stdout.write(`${line}\n`);
const log = pino({ level: 'fatal' }, process.stderr);
const metrics = new Metrics();
const service = new DatabaseService({
  config: { ...Value.Create(databaseConfig), url, dataDir },
  ...{ clock, log, metrics },
});
const { database } = service;
const migrations = [...authMigrations, ...sealerMigrations, ...idempotencyMigrations, ...walletMigrations];
// The other server's connections are cut while this one starts.
for (let started = false; !started; ) {
  try {
    await service.initialize(AbortSignal.timeout(60_000));
    await migrate(database, migrations, { clock, log, holder: 'program' });
    started = true;
  } catch (error) {
    if (url === undefined) throw error;
    await service.close().catch(() => {});
    await pause(50);
  }
}
const secrets = new StoredSecrets({
  config: { key: secretsKey, previousKeys: [], keyRequired: false },
  ...{ engine: 'postgres', dataFolder: '' },
});
await secrets.load();
const defaults = sectionDefaults(walletConfig);
const { coins, recharges, sandbox, transfers, withdrawals, staff } = assembleWallet({
  ...{ database, clock, metrics, log, secrets, exports: undefined },
  accounts: { get: async (id) => ({ id, status: 'active', roles: ['author', 'reader'] }) },
  events: { add: async () => newId(clock.now()) },
  audit: { record: async () => newId(clock.now()) },
  config: {
    ...defaults,
    transferEnabled: true,
    withdrawal: { ...defaults.withdrawal, coinsMin: 1, payoutDays: 0 },
  },
});
const idempotency = new IdempotencyService({
  ...{ database, clock, log, metrics: new Metrics(), config: sectionDefaults(idempotencyConfig) },
});

/** 32 bits for each operation, the same after every restart. */
function drawsOf(client, number) {
  let state = (client * 2_654_435_761 + number * 40_503 + 97) >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return (state >>> 7) % below;
  };
}

/** Deadlocks and conflicts that came again and again, and locks that others held for too long. */
const undone = ['40P01', '40001', '55P03'];

/** Until there is an answer: the value, or the code of what was refused. Dies of what is neither. */
async function answered(work) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const { code, definition } = error;
      const isRunning = code === 'idempotency-key-running';
      if (definition && definition.status < 500 && !isRunning) return { refused: code };
      if (!isRunning && definition?.status !== 503 && !undone.includes(code)) throw error;
      await pause(5 + Math.random() * 20);
    }
  }
}

const acts = {
  async recharge({ key, draw, user, onceOf }) {
    const amountFen = (1 + draw(20)) * 100;
    const order = await answered(() => recharges.order(user, { amountFen, provider: 'sandbox' }, onceOf()));
    const notice = { paymentId: key, orderId: order.id, amountFen };
    const told = () => {
      const { body, headers } = sandbox.callbackFor(notice, clock.now());
      return recharges.receive('sandbox', { rawBody: Buffer.from(body), headers });
    };
    const outcomes = await Promise.all([answered(told), answered(told)]);
    if (!outcomes.every((outcome) => outcome === 'credited')) {
      throw new Error(`the notices of ${key} came to ${JSON.stringify(outcomes)}, not to a credit`);
    }
    return amountFen;
  },
  async spend({ key, draw, user, other, onceOf }) {
    const spending = { payerId: user, amount: 1 + draw(900), type: 'chapter-purchase' };
    const share = { authorId: other, percent: 50 + draw(21) };
    const spent = await answered(() =>
      onceOf().transaction({ name: 'buy' }, async (tx) => {
        const result = await coins.spend(tx, { ...spending, reference: `chapter:${key}`, share });
        return result.allowed ? result : tx.rollback(result);
      }),
    );
    return spent.allowed ? spent.amount : 0;
  },
  async transfer({ draw, user, other, onceOf }) {
    const amount = 1 + draw(500);
    const sent = await answered(() => transfers.send(user, { toUserId: other, amount }, onceOf()));
    return sent.refused ? 0 : amount;
  },
  /** The newest of its own that was bought lately. */
  async refund({ client, number, draw, onceOf }) {
    const find = (of) =>
      answered(async () => ({ found: await findByReference(database, `chapter:c${client}-n${of}`) }));
    let original = {};
    for (let of = number - 1; !original.found && of >= Math.max(0, number - 8); of--)
      original = await find(of);
    if (!original.found) return 0;
    const change = { amount: 1 + draw(100), reason: 'bank' };
    const actor = { kind: 'user', userId: users[0] };
    const given = await answered(() => staff.refund(original.found.id, change, { actor, once: onceOf() }));
    return given.refused ? 0 : change.amount;
  },
  async withdraw({ draw, user, onceOf }) {
    const account = { type: 'bank', name: 'a', number: '12345' };
    const wish = { amount: 1 + draw(300), account };
    const order = await answered(() => withdrawals.request(user, wish, onceOf()));
    if (order.refused) return 0;
    const actor = { kind: 'user', userId: newId(clock.now()) };
    const review = (act, suffix) =>
      answered(() => withdrawals.review(order.id, act, 'bank', { actor, once: onceOf(suffix) }));
    if (draw(3) === 0) {
      await review('reject', '-rejected');
      return 0;
    }
    await review('approve', '-approved');
    await review('paid', '-paid');
    return order.amount;
  },
};

/** What a client does at this place; the same again when it is repeated. Answers the coins that it moved. */
async function operate(client, number) {
  const draw = drawsOf(client, number);
  const key = `c${client}-n${number}`;
  const onceOf = (suffix = '') =>
    idempotency.once({
      ...{ key: `${key}${suffix}-padded`, userId: users[0], operation: 'POST /bank', replayed: () => {} },
      input: { key, suffix },
    });
  const user = users[draw(users.length)];
  const other = users[(users.indexOf(user) + 1 + draw(users.length - 1)) % users.length];
  const kinds = ['recharge', 'spend', 'spend', 'transfer', 'refund', 'withdraw'];
  const kind = number === 0 ? 'recharge' : kinds[draw(kinds.length)];
  const moved = await acts[kind]({ client, number, key, draw, user, other, onceOf });
  return { kind, coins: moved };
}

tell('ready');
await Promise.all(
  clients.map(async ({ client, next }) => {
    // What the server before had begun may be done and not told, so that it is repeated in any case.
    const mayBegin = (number) => number === next || until === undefined || clock.now().getTime() < until;
    for (let number = next; number < operations && mayBegin(number); number++) {
      const result = await operate(client, number);
      tell(`done ${JSON.stringify({ client, number, ...result })}`);
    }
  }),
);
await service.close();
