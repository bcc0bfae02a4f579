import { createCipheriv, createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../../../platform/commands/index.js';
import { type Database, tables } from '../../../platform/database/index.js';
import { type Secrets, StoredSecrets, secretsCommands } from '../../../platform/secrets/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { RecordingAudit } from '../../../testing/recording-audit.js';
import { newKey, secretsWith } from '../../../testing/secrets.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { signingKeySecrets } from '../token/key.secrets.js';
import { login, register, startAuth } from './auth-harness.js';

/** What release 0.1.0 did: 12 bytes of nonce, text and tag, about the id of the row. */
function sealedBy010(keyBase64: string, secret: Uint8Array, about: string) {
  const key = Buffer.from(keyBase64, 'base64');
  const nonce = Buffer.alloc(12, 9);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about));
  const bytes = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  const keyId = createHash('sha256').update('qingyu key id\n').update(key).digest('hex').slice(0, 16);
  return { bytes, keyId };
}

describeEachEngine('the rotation of the key of signing keys', (open) => {
  const clock = new FakeClock();
  const openDb = () => open({ migrations: authMigrations, clock });
  const rows = (db: Database) => tables<AuthTables>(db).selectFrom('auth_keys').selectAll().execute();

  async function rotate(db: Database, secrets: Secrets) {
    const commands = secretsCommands({
      db,
      secrets,
      holders: { all: () => [signingKeySecrets] },
      audit: new RecordingAudit(),
    });
    const io = { file: undefined, signal: new AbortController().signal, progress: () => {} };
    const outcome = await runCommand(commands, 'rotate-secrets', {}, io);
    if (!outcome.ok) throw outcome.error;
    return outcome.result;
  }

  it('keeps everyone signed in, while instances serve and start with either key first', async () => {
    const db = await openDb();
    const [older, newer] = [newKey(), newKey()];
    const rolling = await startAuth(db, clock, { secrets: await secretsWith(older, [newer]) });
    const rolled = await startAuth(db, clock, { secrets: await secretsWith(newer, [older]) });
    await register(rolling);
    const signedIn = await login(rolling);
    const logins = Array.from({ length: 4 }, (_, index) => login(index % 2 === 0 ? rolling : rolled));
    const starts = [older, newer].map(async (key, index) =>
      startAuth(db, clock, { secrets: await secretsWith(key, [index === 0 ? newer : older]) }),
    );
    const [result] = await Promise.all([
      rotate(db, await secretsWith(newer, [older])),
      ...logins,
      ...starts,
      rolled.sessions.refresh(signedIn.refreshToken),
    ]);
    expect(result).toMatchObject({ left: 0, holders: [{ name: 'signing-keys', resealed: 2, left: [] }] });
    const after = await startAuth(db, clock, { secrets: await secretsWith(newer) });
    for (const { accessToken } of await Promise.all(logins)) {
      expect(await after.authenticator.authenticate(accessToken)).toHaveProperty(
        'userId',
        signedIn.account.id,
      );
    }
    expect((await after.sessions.refresh(signedIn.refreshToken)).session.generation).toBe(1);
  });

  it('opens a data folder of release 0.1.0 and seals on under its key', async () => {
    const db = await openDb();
    const dataFolder = await mkdtemp(join(tmpdir(), 'qingyu-010-'));
    onTestFinished(() => rm(dataFolder, { recursive: true }));
    const plain = await startAuth(db, clock);
    await register(plain);
    const signedIn = await login(plain);
    const key = newKey();
    for (const { id, secret } of await rows(db)) {
      const { bytes, keyId } = sealedBy010(key, secret, id);
      await tables<AuthTables>(db)
        .updateTable('auth_keys')
        .set({ secret: bytes, sealed_with: keyId })
        .where('id', '=', id)
        .execute();
    }
    await writeFile(join(dataFolder, 'auth.key'), `${key}\n`);
    const secrets = new StoredSecrets({
      config: { previousKeys: [], keyRequired: false },
      engine: 'pglite',
      dataFolder,
    });
    await secrets.load();
    const upgraded = await startAuth(db, clock, { secrets });
    expect(await upgraded.authenticator.authenticate(signedIn.accessToken)).toHaveProperty(
      'userId',
      signedIn.account.id,
    );
    expect(await readdir(dataFolder)).toEqual(['secrets.key']);
  });
});
