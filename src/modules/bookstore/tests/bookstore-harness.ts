import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { TObject } from 'typebox';
import { Value } from 'typebox/value';
import { onTestFinished } from 'vitest';
import { Audit } from '../../../platform/audit/index.js';
import type { AnyCommand } from '../../../platform/commands/index.js';
import { EffectiveConfig, sectionDefaults } from '../../../platform/config/index.js';
import { Database } from '../../../platform/database/index.js';
import { Events } from '../../../platform/events/index.js';
import { DataFolder } from '../../../platform/files/index.js';
import {
  type Authenticator,
  DeclaredRoutes,
  EventStreams,
  ExportStreams,
  Exports,
  httpConfig,
} from '../../../platform/http/index.js';
import {
  IdempotencyService,
  idempotencyConfig,
  idempotencyMigrations,
} from '../../../platform/idempotency/index.js';
import { Clock } from '../../../platform/kernel/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import { assemble, ServiceCalls } from '../../../platform/module/index.js';
import { PersonalDataHolders } from '../../../platform/personal-data/index.js';
import { Redis } from '../../../platform/redis/index.js';
import { Secrets } from '../../../platform/secrets/index.js';
import type { OpenDatabase } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { noRedis } from '../../../testing/no-redis.js';
import { RecordingAudit } from '../../../testing/recording-audit.js';
import { RecordingEvents } from '../../../testing/recording-events.js';
import { routeServer } from '../../../testing/route-server.js';
import { secretsWith } from '../../../testing/secrets.js';
import { Accounts, authMigrations, authModule } from '../../auth/index.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { bookstoreMigrations } from '../bookstore.migrations.js';
import { bookstoreModule } from '../bookstore.module.js';
import { Books, DemoLibrary } from '../bookstore.port.js';

const silent = pino({ level: 'silent' });

/** What auth is given besides; here it only answers who has which account. */
const forAuth = [
  { port: DeclaredRoutes, implementation: { all: () => [] } },
  { port: DataFolder, implementation: { path: '' } },
  { port: EffectiveConfig, implementation: { environment: 'test' } },
  { port: Redis, implementation: noRedis() },
  { port: PersonalDataHolders, implementation: { all: () => [] } },
  {
    port: Exports,
    implementation: new ExportStreams(new EventStreams(() => ({})), Value.Create(httpConfig)),
  },
];

async function assembleModules(db: Database, clock: Clock, overrides: Partial<BookstoreConfig>) {
  const secrets = await secretsWith();
  const [audit, events] = [new RecordingAudit(), new RecordingEvents()];
  const metrics = new Metrics();
  const assembly = assemble({
    modules: [authModule, bookstoreModule],
    given: [
      { port: Database, implementation: db },
      { port: Clock, implementation: clock },
      { port: Audit, implementation: audit },
      { port: Events, implementation: events },
      ...forAuth,
      { port: Secrets, implementation: secrets },
    ],
    calls: new ServiceCalls(metrics),
    contextOf: ({ name, config }) => ({
      config: { ...(Value.Create(config as TObject) as object), ...(name === 'bookstore' && overrides) },
      log: silent,
      metrics,
    }),
  });
  return { assembly, metrics, audit, events };
}

function authenticatorOf(accounts: Accounts): Authenticator {
  return {
    async authenticate(token) {
      const [userId = '', staff] = token.split(':');
      const account = await accounts.get(userId);
      const permissions = staff ? ['book.manage'] : [];
      const roles = account?.roles ?? [];
      return { userId, sessionId: userId, roles, permissions, secondFactor: 'off' };
    },
  };
}

function callsOf(server: FastifyInstance) {
  return async (method: Method, url: string, { user, body, key }: Call = {}) => {
    const answer = await server.inject({
      method,
      url: `/api/v1${url}`,
      headers: {
        'accept-language': 'en',
        ...(user && { authorization: `Bearer ${user}` }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { payload: body as object }),
    });
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
  };
}

/** The real bookstore and the real accounts, over HTTP without a socket; a user's id is its token, with `:staff` behind it of staff. */
export async function startBookstore(open: OpenDatabase, overrides: Partial<BookstoreConfig> = {}) {
  const clock = new FakeClock();
  const migrations = [...idempotencyMigrations, ...authMigrations, ...bookstoreMigrations];
  const db = await open({ migrations, clock });
  const { assembly, metrics, audit, events } = await assembleModules(db, clock, overrides);
  const bookstore = assembly.modules.find(({ module }) => module === bookstoreModule);
  if (!bookstore) throw new Error('the bookstore was not assembled');
  const accounts = assembly.resolve(Accounts);
  const keys = { database: db, clock, config: sectionDefaults(idempotencyConfig), log: silent, metrics };
  const idempotency = new IdempotencyService(keys);
  const server = await routeServer({
    routes: bookstore.routes,
    metrics,
    authenticator: authenticatorOf(accounts),
    idempotency,
  });

  const call = callsOf(server);

  return {
    clock,
    db,
    metrics,
    accounts,
    books: assembly.resolve(Books),
    demoLibrary: assembly.resolve(DemoLibrary),
    audit,
    events,
    module: bookstore,
    service: bookstore.node.service,
    command: bookstore.commands[0] as AnyCommand,
    async user(username: string): Promise<string> {
      const result = await accounts.create({ username, password: 'zang-hua-yin-27' }, { kind: 'system' });
      if (!result.created) throw new Error(result.reason);
      return result.account.id;
    },
    /** The address of the same server behind a real socket. */
    async listen(): Promise<string> {
      onTestFinished(() => server.close());
      return server.listen({ host: '127.0.0.1', port: 0 });
    },
    call,
    get: (url: string) => call('GET', url),
    async upload(userId: string | undefined, parts: readonly Part[], query = '') {
      const answer = await server.inject({
        method: 'POST',
        url: `/api/v1/author/books/import${query}`,
        headers: {
          'accept-language': 'en',
          'content-type': `multipart/form-data; boundary=${boundary}`,
          ...(userId && { authorization: `Bearer ${userId}` }),
        },
        payload: multipartBody(parts),
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
    },
  };
}

export type Bookstore = Awaited<ReturnType<typeof startBookstore>>;

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface Call {
  readonly user?: string;
  readonly body?: unknown;
  /** Sent as `Idempotency-Key`. */
  readonly key?: string;
}

export interface Part {
  readonly name: string;
  readonly fileName?: string;
  readonly content: Uint8Array | string;
}

export const filePart = (content: Uint8Array | string, fileName = 'novel.txt'): Part => ({
  name: 'file',
  fileName,
  content,
});

const boundary = 'border-of-this-test';

function multipartBody(parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ name, fileName, content }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    fileName === undefined ? '' : `; filename="${fileName}"\r\nContent-Type: text/plain`,
    '\r\n\r\n',
    content,
    '\r\n',
  ]);
  return Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece as string)));
}
