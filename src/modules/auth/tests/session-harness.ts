import { type Database, tables } from '../../../platform/database/index.js';
import { newId } from '../../../platform/kernel/index.js';
import type { FakeClock } from '../../../testing/fake-clock.js';
import { routeServer } from '../../../testing/route-server.js';
import type { AuthConfig } from '../auth.config.js';
import { authRoutes } from '../auth.module.js';
import type { AuthTables } from '../auth.tables.js';
import type { Device, SignedIn } from '../session/session.service.js';
import type { SessionLimit } from '../session/session-limit.js';
import { type Auth, configOf, startAuth } from './auth-harness.js';

/** An instance with other rules for sessions than the defaults. */
export function startSessions(
  db: Database,
  clock: FakeClock,
  overrides: Partial<AuthConfig['session']> = {},
  limit?: SessionLimit,
): Promise<Auth> {
  const session = { ...configOf().session, ...overrides };
  return startAuth(db, clock, { session, ...(limit && { limit }) });
}

let names = 0;

/** A user of the test's own. */
export async function newUserId({ accounts }: Auth): Promise<string> {
  names += 1;
  return (await accounts.register({ username: `reader_${names}`, password: 'zang-hua-yin-27' })).id;
}

/** A sign-in by somebody who has proved who they are. */
export function openSession(
  { sessions }: Auth,
  userId: string,
  device?: Device,
  endSessionId?: string,
): Promise<SignedIn> {
  return sessions.open({ userId, device, endSessionId, address: '203.0.113.7', refuse: () => undefined });
}

/** Sorted ids of the sessions that live. */
export async function liveIds({ sessions }: Auth, userId: string): Promise<string[]> {
  return (await sessions.list(userId, 1000, undefined)).map(({ id }) => id).sort();
}

export function idsOf(signedIn: readonly SignedIn[]): string[] {
  return signedIn.map(({ session }) => session.id).sort();
}

/** Sessions as an import from elsewhere leaves them, one a second, the newest now. */
export async function importSessions(
  db: Database,
  userId: string,
  count: number,
  now: Date,
): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, index) => {
    const createdAt = new Date(now.getTime() - (count - index) * 1000);
    return {
      ...{ id: newId(createdAt), user_id: userId, device_class: 'web', address: null },
      ...{ created_at: createdAt, last_seen_at: createdAt },
      idle_until: new Date(now.getTime() + 7 * 86_400_000),
      expires_at: new Date(now.getTime() + 30 * 86_400_000),
    };
  });
  for (let start = 0; start < rows.length; start += 2000) {
    await tables<AuthTables>(db)
      .insertInto('sessions')
      .values(rows.slice(start, start + 2000))
      .execute();
  }
  return rows.map(({ id }) => id);
}

export function sessionRow(db: Database, id: string) {
  return tables<AuthTables>(db).selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Asks the routes of an instance. */
export async function callsOf(auth: Auth) {
  const server = await routeServer({ routes: authRoutes(auth), authenticator: auth.authenticator });
  return async (method: 'GET' | 'POST' | 'DELETE', url: string, token?: string, body?: unknown) => {
    const answer = await server.inject({
      ...{ method, url: `/api/v1${url}` },
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: answer.body ? answer.json() : undefined };
  };
}
