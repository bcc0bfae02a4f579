import { expect, it } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthChange } from '../revocation/auth-change.js';
import {
  type AuthChangesTables,
  adoptChanges,
  currentSnapshot,
  insertAuthChanges,
  readChangesSince,
} from '../revocation/auth-changes.repository.js';
import { codeOf, login, register, startAuth } from './auth-harness.js';

const clock = new FakeClock();
const signal = new AbortController().signal;
/** 15 minutes, 5 seconds for the clocks, an hour. */
const keptMs = 905_000 + 3_600_000;

const record = (db: Database, changes: readonly AuthChange[], at = clock.now()) =>
  db.withTransaction({ name: 'record' }, (tx) => insertAuthChanges(tx, changes, at));
const session = (subject: string): AuthChange => ({ kind: 'session', subject, reason: 'logout' });
const subjects = async (db: Database) =>
  (
    await tables<AuthChangesTables>(db).selectFrom('auth_changes').select('subject').orderBy('seq').execute()
  ).map((row) => row.subject);

describeEachEngine('the changes', (open) => {
  const openDb = () => open({ migrations: authMigrations, clock });

  it('are read once each, in their order, with the moment to go on from', async () => {
    const db = await openDb();
    const first = await currentSnapshot(db);
    await record(db, [session('a'), session('b')]);
    await record(db, [session('c')]);
    const read = await readChangesSince(db, first, 10);
    expect(read.changes).toMatchObject([session('a'), session('b'), session('c')]);
    expect(read.changes[0]?.recordedAt).toEqual(clock.now());
    expect(read.wentBack).toBe(false);
    expect((await readChangesSince(db, read.snapshot, 10)).changes).toEqual([]);
    expect((await readChangesSince(db, first, 2)).changes).toHaveLength(3);
    await record(db, [session('d')]);
    expect((await readChangesSince(db, read.snapshot, 10)).changes).toMatchObject([session('d')]);
  });

  it('a database that knows less than before is noticed', async () => {
    const db = await openDb();
    const snapshot = await currentSnapshot(db);
    const [xmin] = snapshot.split(':');
    const ahead = BigInt(xmin ?? 0) + 1_000_000n;
    expect((await readChangesSince(db, `${ahead}:${ahead}:`, 10)).wentBack).toBe(true);
  });

  it('that no living token can be about are removed, others stay, also after a run that was stopped', async () => {
    const db = await openDb();
    const { cleanup } = await startAuth(db, clock);
    const before = (ms: number) => new Date(clock.now().getTime() - ms);
    await record(db, [session('dead-1'), session('dead-2')], before(keptMs + 1));
    await record(db, [session('kept')], before(keptMs));
    expect(await cleanup.removeOld({ signal: AbortSignal.abort() })).toBe(0);
    await cleanup.job.run({ dueAt: clock.now(), signal });
    expect(await subjects(db)).toEqual(['kept']);
    expect(await cleanup.removeOld({ signal })).toBe(0);
  });

  it('are removed in batches, all of them in one run', async () => {
    const db = await openDb();
    const { cleanup } = await startAuth(db, clock);
    const old = new Date(clock.now().getTime() - keptMs - 1);
    await record(
      db,
      Array.from({ length: 5_001 }, (_, n) => session(`s${n}`)),
      old,
    );
    expect(await cleanup.removeOld({ signal })).toBe(5_001);
  });

  it('of a restored backup lose their place, but a revoked token stays revoked', async () => {
    const db = await openDb();
    const auth = await startAuth(db, clock);
    await register(auth);
    const { accessToken } = await login(auth);
    const jti = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).jti;
    await record(db, [session('a'), { kind: 'token', subject: jti, reason: 'admin' }]);
    await tables<AuthChangesTables>(db).updateTable('auth_changes').set({ xid: '999999999' }).execute();
    await db.withTransaction({ name: 'restore' }, adoptChanges);
    expect(await subjects(db)).toEqual([jti]);
    expect((await readChangesSince(db, await currentSnapshot(db), 10)).changes).toEqual([]);
    expect(await codeOf(auth.authenticator.authenticate(accessToken))).toBe('session-revoked');
  });
});
