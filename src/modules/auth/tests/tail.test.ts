import { expect, it, onTestFinished, vi } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import { describeEachEngine, describePostgres } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { type Auth, codeOf, configOf, login, register, startAuth } from './auth-harness.js';
import {
  expectDecidedInMemory,
  readsOf,
  refusalWithinASecond,
  signedInAtBoth,
  startFollowing,
} from './two-instances.js';

const clock = new FakeClock();

function ban(auth: Auth, db: Database, userId: string): Promise<void> {
  return db.withTransaction({ name: 'ban' }, async (tx) => {
    await tables<AuthTables>(tx)
      .updateTable('users')
      .set({ status: 'banned' })
      .where('id', '=', userId)
      .execute();
    await auth.changes.record(tx, [{ kind: 'user', subject: userId, reason: 'banned' }]);
  });
}

const tokenIdOf = (accessToken: string): string =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).jti;

function revokeToken({ blacklist }: Auth, db: Database, accessToken: string): Promise<void> {
  return db.withTransaction({ name: 'revoke-token' }, (tx) =>
    blacklist.revoke(tx, { jti: tokenIdOf(accessToken), reason: 'admin' }),
  );
}

describePostgres('what one instance changes', (open) => {
  const start = async () => {
    const db = await open({ migrations: authMigrations, clock });
    const [here, there] = [await startFollowing(db, clock), await startFollowing(db, clock)];
    return { db, here, there, signedIn: await signedInAtBoth(here, there) };
  };

  it('a logout, a ban and a revoked token are refused by another within a second, by the first at once', async () => {
    const { db, here, there, signedIn } = await start();
    await expectDecidedInMemory(here, signedIn.accessToken);
    const second = await login(here);
    await there.authenticator.authenticate(second.accessToken);

    await revokeToken(here, db, second.accessToken);
    expect(await codeOf(here.authenticator.authenticate(second.accessToken))).toBe('session-revoked');
    expect(await refusalWithinASecond(there, second.accessToken)).toBe('session-revoked');
    const { accessToken: next } = await here.sessions.refresh(second.refreshToken);
    expect(await there.authenticator.authenticate(next)).toHaveProperty('sessionId', second.session.id);

    await here.sessions.end(signedIn.account.id, signedIn.session.id);
    expect(await codeOf(here.authenticator.authenticate(signedIn.accessToken))).toBe('session-logged-out');
    expect(await refusalWithinASecond(there, signedIn.accessToken)).toBe('session-logged-out');

    await ban(here, db, signedIn.account.id);
    expect(await codeOf(here.authenticator.authenticate(next))).toBe('account-banned');
    expect(await refusalWithinASecond(there, next)).toBe('account-banned');
  });

  it('a role counts at the next request here and within a second there; its tokens carry the new revision', async () => {
    const { db, here, there, signedIn } = await start();
    await db.withTransaction({ name: 'grant' }, (tx) =>
      here.accounts.grantRole(tx, signedIn.account.id, 'reviewer'),
    );
    const permissionsAt = async ({ authenticator }: Auth) =>
      (await authenticator.authenticate(signedIn.accessToken)).permissions;
    expect(await permissionsAt(here)).toEqual(['review.*', 'user.read']);
    await expect.poll(() => permissionsAt(there), { timeout: 1_000 }).toEqual(['review.*', 'user.read']);
    const { accessToken } = await there.sessions.refresh(signedIn.refreshToken);
    expect(there.tokens.remembered(accessToken)).toBeUndefined();
    await there.authenticator.authenticate(accessToken);
    expect(there.tokens.remembered(accessToken)?.rolesRevision).toBe(1);
  });

  it('a change that is rolled back changes nothing; where it was tried, the rows are read once more', async () => {
    const { db, here, there, signedIn } = await start();
    await expectDecidedInMemory(here, signedIn.accessToken);
    await db.withTransaction({ name: 'undone' }, async (tx) => {
      await here.changes.record(tx, [{ kind: 'session', subject: signedIn.session.id, reason: 'logout' }]);
      return tx.rollback(undefined);
    });
    const before = [await readsOf(here), await readsOf(there)];
    await here.authenticator.authenticate(signedIn.accessToken);
    await there.authenticator.authenticate(signedIn.accessToken);
    expect([await readsOf(here), await readsOf(there)]).toEqual([(before[0] ?? 0) + 1, before[1]]);
  });

  it('a session is written as used once a minute, by one of two instances, and the other one goes on', async () => {
    const own = new FakeClock();
    const db = await open({ migrations: authMigrations, clock: own });
    const [here, there] = [await startFollowing(db, own), await startFollowing(db, own)];
    const { accessToken, session } = await signedInAtBoth(here, there);
    const seen = () =>
      tables<AuthTables>(db)
        .selectFrom('sessions')
        .select('last_seen_at')
        .where('id', '=', session.id)
        .executeTakeFirstOrThrow();
    own.advance(59_999);
    await Promise.all([here, there].map(({ authenticator }) => authenticator.authenticate(accessToken)));
    expect((await seen()).last_seen_at).toEqual(session.lastSeenAt);
    own.advance(1);
    const calls = Array.from({ length: 10 }, (_, n) =>
      (n % 2 ? here : there).authenticator.authenticate(accessToken),
    );
    await Promise.all(calls);
    expect((await seen()).last_seen_at).toEqual(own.now());
    await expectDecidedInMemory(here, accessToken);
    await expectDecidedInMemory(there, accessToken);
  });

  it('an idle or absolute end counts to the millisecond, also for whom is remembered, and a clock that jumps lengthens nothing', async () => {
    const own = new FakeClock();
    const db = await open({ migrations: authMigrations, clock: own });
    const session = {
      ...configOf().session,
      idleTtlSeconds: 60,
      absoluteTtlSeconds: 90,
      touchIntervalSeconds: 30,
    };
    const auth = await startFollowing(db, own, { session });
    await register(auth);
    const { accessToken } = await login(auth);
    for (const passedMs of [29_999, 30_000, 59_999, 89_999]) {
      own.set(new FakeClock().now().getTime() + passedMs);
      await auth.authenticator.authenticate(accessToken);
    }
    own.advance(-89_999 - 5_001);
    expect(await codeOf(auth.authenticator.authenticate(accessToken))).toBe('token-expired');
    own.advance(89_999 + 5_001);
    await auth.authenticator.authenticate(accessToken);
    own.advance(1);
    expect(await codeOf(auth.authenticator.authenticate(accessToken))).toBe('session-expired');
  });
});

describeEachEngine('a tail', (open) => {
  it('that does not run, or has stopped, leaves every decision to the rows', async () => {
    const db = await open({ migrations: authMigrations, clock });
    const auth = await startAuth(db, clock);
    await register(auth);
    const { accessToken } = await login(auth);
    const readsPerCall = async () => {
      const before = await readsOf(auth);
      await auth.authenticator.authenticate(accessToken);
      return (await readsOf(auth)) - before;
    };
    expect([await readsPerCall(), await readsPerCall()]).toEqual([1, 1]);
    await auth.tail.initialize();
    await expect.poll(readsPerCall).toBe(0);
    await auth.tail.close();
    expect([await readsPerCall(), await readsPerCall()]).toEqual([1, 1]);
  });

  it('that meets more changes at once than it takes one by one treats everything as changed', async () => {
    const db = await open({ migrations: authMigrations, clock });
    const [here, there] = [await startFollowing(db, clock), await startFollowing(db, clock)];
    const { accessToken, session } = await signedInAtBoth(here, there);
    const others = Array.from({ length: 6_000 }, (_, n) => ({
      ...({ kind: 'session', reason: 'logout' } as const),
      subject: `other-${n}`,
    }));
    await db.withTransaction({ name: 'many' }, async (tx) => {
      await here.changes.record(tx, others);
      await tables<AuthTables>(tx)
        .updateTable('sessions')
        .set({ ended_at: clock.now(), end_reason: 'admin' })
        .where('id', '=', session.id)
        .execute();
    });
    expect(await refusalWithinASecond(there, accessToken)).toBe('session-revoked');
  });
});

/** Holds what was read, after the reading and before it is used. */
const held = vi.hoisted(() => ({ read: async () => undefined as unknown }));
vi.mock('../revocation/token-owner.repository.js', async (original) => {
  const real = await original<typeof import('../revocation/token-owner.repository.js')>();
  const findTokenOwner: typeof real.findTokenOwner = async (...args) => {
    const owner = await real.findTokenOwner(...args);
    await held.read();
    return owner;
  };
  return { ...real, findTokenOwner };
});

describePostgres('the races of a tail', (open) => {
  const start = async () => {
    const db = await open({ migrations: authMigrations, clock });
    const [here, there] = [await startFollowing(db, clock), await startFollowing(db, clock)];
    return { db, here, there };
  };

  it('a reading that began before a logout and ends after it is not believed, nor kept', async () => {
    const { here, there } = await start();
    await register(here);
    const { accessToken, account, session } = await login(here);
    let release = () => {};
    const isRead = new Promise<void>((resolve) => {
      held.read = () => {
        resolve();
        return new Promise<undefined>((go) => {
          release = () => go(undefined);
        });
      };
    });
    onTestFinished(() => {
      held.read = async () => undefined;
    });
    const asked = codeOf(there.authenticator.authenticate(accessToken));
    await isRead;
    held.read = async () => undefined;
    await here.sessions.end(account.id, session.id);
    // Once the other instance has heard of the logout, its reading of before comes home.
    await login(here, undefined, { id: 'probe' }).then(async (probe) => {
      await there.authenticator.authenticate(probe.accessToken);
      await here.sessions.end(probe.account.id, probe.session.id);
      await refusalWithinASecond(there, probe.accessToken);
    });
    release();
    expect(await asked).toBe('session-logged-out');
  });

  it('a transaction that began first and commits last is not lost', async () => {
    const { db, here, there } = await start();
    const early = await signedInAtBoth(here, there);
    const late = await signedInAtBoth(here, there, 'xue_baochai');
    let commitEarly = () => {};
    let hasWritten = () => {};
    const written = new Promise<void>((resolve) => {
      hasWritten = resolve;
    });
    const earlyEnd = db.withTransaction({ name: 'early' }, async (tx) => {
      await tables<AuthTables>(tx)
        .updateTable('sessions')
        .set({ ended_at: clock.now(), end_reason: 'admin' })
        .where('id', '=', early.session.id)
        .execute();
      await here.changes.record(tx, [{ kind: 'session', subject: early.session.id, reason: 'admin' }]);
      hasWritten();
      await new Promise<void>((resolve) => {
        commitEarly = resolve;
      });
    });
    await written;
    await here.sessions.end(late.account.id, late.session.id);
    expect(await refusalWithinASecond(there, late.accessToken)).toBe('session-logged-out');
    await expectDecidedInMemory(there, early.accessToken);
    commitEarly();
    await earlyEnd;
    expect(await refusalWithinASecond(there, early.accessToken)).toBe('session-revoked');
  });
});
