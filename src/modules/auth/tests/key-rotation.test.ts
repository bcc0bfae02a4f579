import { expect, it, vi } from 'vitest';
import { tables } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { keyCommands } from '../token/key.commands.js';
import { type Auth, codeOf, login, metricOf, register, startAuth } from './auth-harness.js';
import { startFollowing } from './two-instances.js';

const dayMs = 86_400_000;
const metric = 'auth_signing_key_expiry_timestamp_seconds';

const kidOf = (accessToken: string): string =>
  JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString()).kid;
const published = ({ keys }: Auth) => keys.jwks.keys.map(({ kid }) => kid);

describeEachEngine('signing keys that follow one another', (open) => {
  const start = async () => {
    const clock = new FakeClock();
    const db = await open({ migrations: authMigrations, clock });
    const auth = await startAuth(db, clock);
    await register(auth);
    const rows = () =>
      tables<AuthTables>(db)
        .selectFrom('auth_keys')
        .selectAll()
        .where('purpose', '=', 'access-token')
        .execute();
    return { clock, db, auth, rows };
  };

  it('the next one is published a day before it signs, by one of 5 instances that try at once, and nobody is signed out', async () => {
    const { clock, db, auth, rows } = await start();
    const others = await Promise.all(Array.from({ length: 4 }, () => startAuth(db, clock)));
    const first = auth.keys.signing.kid;
    clock.advance(29 * dayMs - 1);
    await Promise.all([auth, ...others].map(({ rotation }) => rotation.advance()));
    expect(await rows()).toHaveLength(1);
    clock.advance(1);
    await Promise.all([auth, ...others].map(({ rotation }) => rotation.advance()));
    expect(await rows()).toHaveLength(2);
    await auth.keys.load();
    expect(published(auth)).toHaveLength(2);
    expect(auth.keys.signing.kid).toBe(first);

    clock.advance(dayMs - 1);
    const last = await login(auth);
    expect(kidOf(last.accessToken)).toBe(first);
    clock.advance(1);
    const next = await login(auth);
    expect(kidOf(next.accessToken)).not.toBe(first);
    expect(published(auth)).toContain(kidOf(next.accessToken));
    for (const { accessToken } of [last, next]) await auth.authenticator.authenticate(accessToken);

    clock.advance(905_000 + 3_600_000);
    await auth.rotation.advance();
    expect(published(auth)).toHaveLength(2);
    clock.advance(1);
    await auth.rotation.advance();
    expect(published(auth)).toEqual([kidOf(next.accessToken)]);
    expect((await auth.sessions.refresh(next.refreshToken)).session.id).toBe(next.session.id);
  });

  it('after months of standstill the old one signs on until the next was published for a day', async () => {
    const { clock, auth } = await start();
    const first = auth.keys.signing.kid;
    clock.advance(200 * dayMs);
    expect(kidOf((await login(auth)).accessToken)).toBe(first);
    await auth.rotation.advance();
    expect(auth.keys.signing.kid).toBe(first);
    clock.advance(dayMs);
    expect(auth.keys.signing.kid).not.toBe(first);
    await auth.rotation.advance();
    expect(published(auth)).toHaveLength(2);
  });

  it('the metric says when the key that signs should be followed', async () => {
    const { clock, auth } = await start();
    const endOf = (moment: Date) => ({ all: (moment.getTime() + 30 * dayMs) / 1000 });
    expect(await metricOf(auth.metrics, metric)).toEqual(endOf(clock.now()));
    clock.advance(29 * dayMs);
    await auth.rotation.advance();
    expect(await metricOf(auth.metrics, metric)).toEqual({ all: clock.now().getTime() / 1000 + 86_400 });
    clock.advance(dayMs);
    expect(await metricOf(auth.metrics, metric)).toEqual(endOf(clock.now()));
  });

  it('other instances know a new key before they meet it, and one that does not follow learns it from its first token', async () => {
    const { clock, db, auth } = await start();
    const following = await startFollowing(db, clock);
    const alone = await startAuth(db, clock);
    clock.advance(29 * dayMs);
    await auth.rotation.advance();
    await expect.poll(() => published(following)).toEqual(published(auth));
    expect(published(alone)).toHaveLength(1);
    clock.advance(dayMs);
    const { accessToken } = await login(auth);
    await alone.authenticator.authenticate(accessToken);
    expect(published(alone)).toEqual(published(auth));
  });

  it('50 tokens at once that name unknown keys make an instance read its keys once', async () => {
    const { auth } = await start();
    const load = vi.spyOn(auth.keys, 'load');
    const learnt = await Promise.all(Array.from({ length: 50 }, (_, n) => auth.keys.learn(`unknown-${n}`)));
    expect(learnt.filter((key) => key !== undefined)).toEqual([]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('after a leak the command makes another key sign at once; what the leaked ones signed is refused everywhere and refreshed', async () => {
    const { clock, db, auth } = await start();
    const following = await startFollowing(db, clock);
    const signedIn = await login(auth);
    await following.authenticator.authenticate(signedIn.accessToken);
    clock.advance(29 * dayMs);
    await auth.rotation.advance();
    const leaked = published(auth);
    clock.advance(-29 * dayMs);

    const [command] = keyCommands(auth.rotation);
    const io = { file: undefined, signal: new AbortController().signal, progress: () => {} };
    const result = await command?.run({}, io);
    expect(result).toEqual({ kid: auth.keys.signing.kid, retired: leaked });
    expect(command?.describe?.(result ?? {})).toHaveLength(leaked.length + 2);
    expect(published(auth)).toEqual([auth.keys.signing.kid]);
    expect(await codeOf(auth.authenticator.authenticate(signedIn.accessToken))).toBe('token-expired');
    await expect.poll(() => published(following)).toEqual(published(auth));
    expect(await codeOf(following.authenticator.authenticate(signedIn.accessToken))).toBe('token-expired');
    const { accessToken } = await following.sessions.refresh(signedIn.refreshToken);
    expect(kidOf(accessToken)).toBe(auth.keys.signing.kid);
    await auth.authenticator.authenticate(accessToken);
    expect(auth.audit.entries.filter(({ action }) => action === 'auth.signing-keys-replaced')).toMatchObject([
      {
        actor: { kind: 'command' },
        target: { type: 'signing-key', id: auth.keys.signing.kid },
        before: { keys: leaked },
        after: { keys: published(auth) },
      },
    ]);
  });

  it('two replacements and the job at once leave one key that signs, the same for all', async () => {
    const { clock, db, auth } = await start();
    const other = await startAuth(db, clock);
    clock.advance(29 * dayMs);
    const actor = { kind: 'command' } as const;
    await Promise.all([
      auth.rotation.replaceNow(actor),
      other.rotation.replaceNow(actor),
      other.rotation.advance(),
    ]);
    await Promise.all([auth.keys.load(), other.keys.load()]);
    expect(published(auth)).toHaveLength(1);
    expect(published(other)).toEqual(published(auth));
  });
});
