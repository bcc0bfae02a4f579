import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import type { Database, DatabaseEngine } from '../../../platform/database/index.js';
import { migrate } from '../../../platform/database/index.js';
import { idempotencyMigrations } from '../../../platform/idempotency/index.js';
import { systemClock } from '../../../platform/kernel/index.js';
import { sealerMigrations } from '../../../platform/sealer/index.js';
import { createPostgresDatabase, startService } from '../../../testing/database-server.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { newKey } from '../../../testing/secrets.js';
import { insertUser } from '../../../testing/users.repository.js';
import { authMigrations } from '../../auth/index.js';
import { findMismatches } from '../reconciliation/reconciliation.repository.js';
import { walletMigrations } from '../wallet.migrations.js';
import { countTransactions, totalOf } from './books.repository.js';

export interface BankOptions {
  readonly engine: DatabaseEngine;
  /** Of each of the 16 clients at most. */
  readonly operations: number;
  /** Nothing begins after this time, once all kills were made. */
  readonly lastsMs?: number;
  /** A server is killed after so many answers, drawn anew each time; then the next one goes on. */
  readonly killAfter: () => number;
  /** How often in all. */
  readonly kills: number;
}

interface Answer {
  readonly client: number;
  readonly number: number;
  readonly kind: 'recharge' | 'spend' | 'transfer' | 'refund' | 'withdraw';
  readonly coins: number;
}

const clientCount = 16;
const userCount = 6;
const programMs = 300_000;
const program = fileURLToPath(new URL('bank-program.mjs', import.meta.url));
const migrations = [...authMigrations, ...sealerMigrations, ...idempotencyMigrations, ...walletMigrations];

/** Runs the bank with servers that are killed; holds the books against what the clients were answered. */
export async function runBank({ engine, operations, lastsMs, killAfter, kills }: BankOptions): Promise<void> {
  const place = await placeFor(engine);
  const users = await withDatabase(place, async (database) => {
    const ids: string[] = [];
    for (let index = 0; index < userCount; index++) ids.push(await insertUser(database, systemClock.now()));
    return ids;
  });
  const proxy = place.url === undefined ? undefined : await FaultProxy.start(place.url);
  const common = { dataDir: place.dataDir, url: proxy?.url, users, operations, secretsKey: newKey() };
  const answers = new Map<string, Answer>();
  const endsAt = lastsMs && systemClock.now().getTime() + lastsMs;
  // Two servers share a database server; the embedded one has a single process.
  const servers = proxy ? 2 : 1;
  const run = async (server: number, killsLeft: number): Promise<void> => {
    const clients = Array.from({ length: clientCount }, (_, client) => client)
      .filter((client) => client % servers === server)
      .map((client) => ({ client, next: nextOf(answers, client) }));
    const limit = killsLeft > 0 ? killAfter() : Number.POSITIVE_INFINITY;
    const until = killsLeft > 0 ? undefined : endsAt;
    const { signal, code, errors } = await startServer({ ...common, clients, until }, (answer, count) => {
      answers.set(`${answer.client}/${answer.number}`, answer);
      // Connections are cut while others go on.
      if (proxy && count % 37 === 0) proxy.reset();
      return count >= limit;
    });
    expect([code ?? signal, errors]).toEqual([signal ?? 0, '']);
    if (signal && killsLeft === 0) throw new Error(`a server did not end within ${programMs} ms`);
    if (signal) await run(server, killsLeft - 1);
  };
  const each = Math.ceil(kills / servers);
  await Promise.all(Array.from({ length: servers }, (_, server) => run(server, each)));
  // A minute has an end, and no number of operations.
  if (lastsMs === undefined) expect(answers.size).toBe(clientCount * operations);
  await withDatabase(place, (database) => expectConserved(database, [...answers.values()]));
}

/** No coin came or went but those that somebody was told of, and each of these once. */
async function expectConserved(database: Database, answers: readonly Answer[]): Promise<void> {
  const of = (kind: Answer['kind']) => answers.filter((answer) => answer.kind === kind && answer.coins !== 0);
  const coins = (kind: Answer['kind']) => of(kind).reduce((sum, answer) => sum + answer.coins, 0);
  const found = await database.withTransaction({ name: 'check', mode: 'snapshot' }, findMismatches);
  expect(found).toEqual({ total: 0, mismatches: [] });
  expect(0 - (await totalOf(database, 'cash'))).toBe(coins('recharge'));
  const paidOut = (await totalOf(database, 'withdrawals')) + (await totalOf(database, 'fees'));
  expect(paidOut).toBe(coins('withdraw'));
  const counts = {
    recharge: of('recharge').length,
    'chapter-purchase': of('spend').length,
    transfer: of('transfer').length,
    refund: of('refund').length,
    withdrawal: of('withdraw').length,
  };
  for (const [type, count] of Object.entries(counts)) {
    expect([type, count > 0, await countTransactions(database, type)]).toEqual([type, true, count]);
  }
}

function nextOf(answers: ReadonlyMap<string, Answer>, client: number): number {
  let next = 0;
  while (answers.has(`${client}/${next}`)) next += 1;
  return next;
}

/** Starts a server; `isEnd` sees every answer and says when it is to be killed. */
function startServer(parameters: object, isEnd: (answer: Answer, count: number) => boolean) {
  const child = spawn(process.execPath, [program, JSON.stringify(parameters)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), programMs);
  let [rest, errors, count] = ['', '', 0];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((one) => one.startsWith('done '))) {
      count += 1;
      if (isEnd(JSON.parse(line.slice(5)), count)) child.kill('SIGKILL');
    }
  });
  return once(child, 'close').then(([code, signal]) => {
    clearTimeout(timer);
    return { code: code as number | null, signal: signal as string | null, errors };
  });
}

async function placeFor(engine: DatabaseEngine): Promise<{ url?: string; dataDir?: string }> {
  if (engine === 'postgres') {
    const { url, drop } = await createPostgresDatabase(migrations);
    onTestFinished(drop);
    return { url };
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'qingyu-bank-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  return { dataDir };
}

async function withDatabase<T>(
  { url, dataDir }: { url?: string; dataDir?: string },
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const service = await startService({ dataDir, ...(url !== undefined && { url }) });
  try {
    const log = pino({ level: 'silent' });
    await migrate(service.database, migrations, { clock: systemClock, log, holder: 'test' });
    return await work(service.database);
  } finally {
    await service.close();
  }
}
