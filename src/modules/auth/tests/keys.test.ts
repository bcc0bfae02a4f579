import { createLocalJWKSet, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { tables } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { newKey, secretsWith } from '../../../testing/secrets.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { codeOf, login, register, startAuth } from './auth-harness.js';

describeEachEngine('signing keys', (open) => {
  const clock = new FakeClock();
  const openDb = () => open({ migrations: authMigrations, clock });
  type Db = Awaited<ReturnType<typeof openDb>>;
  const rows = (db: Db) => tables<AuthTables>(db).selectFrom('auth_keys').selectAll().execute();

  it('8 instances that start at once on an empty database sign with one key', async () => {
    const db = await openDb();
    const all = await Promise.all(Array.from({ length: 8 }, () => startAuth(db, clock)));
    expect(new Set(all.map((auth) => auth.keys.signing.kid)).size).toBe(1);
    expect(new Set(all.map((auth) => Buffer.from(auth.keys.refreshKey).toString('hex'))).size).toBe(1);
    expect(await rows(db)).toHaveLength(2);
  });

  it('a restart keeps everyone signed in', async () => {
    const db = await openDb();
    const before = await startAuth(db, clock);
    await register(before);
    const signedIn = await login(before);
    const after = await startAuth(db, clock);
    expect(await after.authenticator.authenticate(signedIn.accessToken)).toMatchObject({
      userId: signedIn.account.id,
    });
    expect((await after.sessions.refresh(signedIn.refreshToken)).session.generation).toBe(1);
  });

  it('the published key set checks our tokens and holds no private member', async () => {
    const auth = await startAuth(await openDb(), clock);
    await register(auth);
    const { accessToken } = await login(auth);
    const jwks = { keys: [...auth.keys.jwks.keys] as never[] };
    const { payload } = await jwtVerify(accessToken, createLocalJWKSet(jwks), { currentDate: clock.now() });
    expect(payload.iss).toBe('qingyu');
    const members = new Set(auth.keys.jwks.keys.flatMap((jwk) => Object.keys(jwk)));
    expect([...members].sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  it('with an encryption key nothing secret lies in the table, and a restart opens it', async () => {
    const db = await openDb();
    const secrets = await secretsWith(newKey());
    const first = await startAuth(db, clock, { secrets });
    const pkcs8 = first.keys.signing.key.export({ format: 'der', type: 'pkcs8' });
    for (const row of await rows(db)) {
      expect(row.sealed_with).toMatch(/^[0-9a-f]{16}$/);
      expect(Buffer.from(row.secret).includes(pkcs8.subarray(-32))).toBe(false);
      expect(Buffer.from(row.secret).includes(Buffer.from(first.keys.refreshKey))).toBe(false);
    }
    const again = await startAuth(db, clock, { secrets });
    expect(again.keys.signing.kid).toBe(first.keys.signing.kid);
    expect(Buffer.from(again.keys.refreshKey)).toEqual(Buffer.from(first.keys.refreshKey));
  });

  it('an installation that gets its encryption key later is encrypted then, with the same keys', async () => {
    const db = await openDb();
    const plain = await startAuth(db, clock);
    await register(plain);
    const signedIn = await login(plain);
    const sealed = await startAuth(db, clock, { secrets: await secretsWith(newKey()) });
    expect(await sealed.authenticator.authenticate(signedIn.accessToken)).toMatchObject({
      userId: signedIn.account.id,
    });
    expect((await rows(db)).map((row) => row.sealed_with)).not.toContain(null);
  });

  it.each([
    ['another', newKey()],
    ['no', undefined],
  ])(
    'with %s encryption key the start fails and says what to do, without telling a key',
    async (_which, wrong) => {
      const db = await openDb();
      const right = newKey();
      await startAuth(db, clock, { secrets: await secretsWith(right) });
      const failed = startAuth(db, clock, { secrets: await secretsWith(wrong) });
      const message = await failed.then(
        () => 'it started',
        (error: Error) => error.message,
      );
      expect(message).toMatch(/encrypted with the key [0-9a-f]{16}.*Configure/);
      expect(message).not.toContain(right);
    },
  );

  it('health turns unhealthy when the signing key is gone, and is healthy before', async () => {
    const db = await openDb();
    const auth = await startAuth(db, clock);
    expect(await auth.service.health()).toEqual({ status: 'healthy' });
    await tables<AuthTables>(db).deleteFrom('auth_keys').execute();
    expect((await auth.service.health()).status).toBe('unhealthy');
  });

  it('a token of a key that is no longer there is refused', async () => {
    const db = await openDb();
    const auth = await startAuth(db, clock);
    await register(auth);
    const { accessToken, refreshToken } = await login(auth);
    await tables<AuthTables>(db).deleteFrom('auth_keys').execute();
    const renewed = await startAuth(db, clock);
    expect(await codeOf(renewed.authenticator.authenticate(accessToken))).toBe('token-invalid');
    expect(await codeOf(renewed.sessions.refresh(refreshToken))).toBe('token-invalid');
  });
});
