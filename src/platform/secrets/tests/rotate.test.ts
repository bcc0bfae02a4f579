import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { RecordingAudit } from '../../../testing/recording-audit.js';
import { newKey, secretsWith } from '../../../testing/secrets.js';
import { runCommand } from '../../commands/index.js';
import type { Database } from '../../database/index.js';
import { rotateSecrets } from '../rotate.js';
import { secretsCommands } from '../secrets.commands.js';
import type { Secrets } from '../secrets.js';
import { putSeed, readSeeds, secretOf, seedHolder, seedMigrations } from './seeds.repository.js';

const [first, second] = [newKey(), newKey()];
const ids = Array.from({ length: 25 }, (_, index) => `seed-${String(index).padStart(2, '0')}`);

describeEachEngine('a rotation', (open) => {
  async function start() {
    const db = await open({ migrations: seedMigrations });
    const before = await secretsWith(first);
    for (const id of ids) await putSeed(db, id, before);
    return { db, before, rotating: await secretsWith(second, [first]), after: await secretsWith(second) };
  }

  const audit = new RecordingAudit();

  function rotate(db: Database, secrets: Secrets, signal = new AbortController().signal, seen = () => {}) {
    return rotateSecrets({ db, secrets, holders: [seedHolder], audit, batchMax: 10, signal, progress: seen });
  }

  async function expectAllOpen(db: Database, secrets: Secrets) {
    for (const { id, sealed } of await readSeeds(db)) expect(secrets.open(sealed, id)).toEqual(secretOf(id));
  }

  it('brings every secret under the new key, so that the old one is needed no more; once more it does nothing', async () => {
    const { db, rotating, after } = await start();
    expect(await rotate(db, rotating)).toEqual([{ name: 'seeds', resealed: 25, left: [] }]);
    await expectAllOpen(db, after);
    expect(await rotate(db, rotating)).toEqual([{ name: 'seeds', resealed: 0, left: [] }]);
  });

  it('leaves an audit record of each transaction that changed something, without a secret', async () => {
    const { db, rotating } = await start();
    audit.entries.length = 0;
    await rotate(db, rotating);
    const currentKeyId = rotating.currentKeyId;
    expect(audit.entries).toEqual(
      [10, 10, 5].map((resealed) => ({
        action: 'secrets.resealed',
        actor: { kind: 'command' },
        target: { type: 'secret-holder', id: 'seeds' },
        detail: { resealed, currentKeyId },
      })),
    );
  });

  it('that ends in the middle leaves every secret readable, and the next one finishes it', async () => {
    const { db, rotating, after } = await start();
    const killed = new AbortController();
    await expect(
      rotate(db, rotating, killed.signal, () => killed.abort(new Error('killed'))),
    ).rejects.toThrow('killed');
    const keys = (await readSeeds(db)).map(({ sealed }) => sealed.keyId);
    expect(keys.filter((keyId) => keyId === rotating.currentKeyId)).toHaveLength(10);
    await expectAllOpen(db, rotating);
    expect(await rotate(db, rotating)).toEqual([{ name: 'seeds', resealed: 15, left: [] }]);
    await expectAllOpen(db, after);
  });

  it('loses no secret that a server writes meanwhile, and two at once do the work once', async () => {
    const { db, before, rotating } = await start();
    const writes = ids.map((id, index) => putSeed(db, `${id}-new`, index % 2 === 0 ? before : rotating));
    const [one, two] = await Promise.all([rotate(db, rotating), rotate(db, rotating), ...writes]);
    const resealed = [one, two].flat().reduce((sum, holder) => sum + (holder?.resealed ?? 0), 0);
    expect(resealed).toBeGreaterThanOrEqual(25);
    expect(resealed).toBeLessThanOrEqual(25 + 13);
    await rotate(db, rotating);
    await expectAllOpen(db, await secretsWith(second));
    expect(await readSeeds(db)).toHaveLength(50);
  });

  it('seals what lay in the clear', async () => {
    const db = await open({ migrations: seedMigrations });
    await putSeed(db, 'seed', await secretsWith());
    const secrets = await secretsWith(first);
    expect(await rotate(db, secrets)).toEqual([{ name: 'seeds', resealed: 1, left: [] }]);
    const [row] = await readSeeds(db);
    expect(Buffer.from(row?.sealed.bytes ?? []).includes(secretOf('seed'))).toBe(false);
  });

  it('leaves what it cannot open, does the rest and counts what is left by key', async () => {
    const { db, before, rotating } = await start();
    const lost = await secretsWith(newKey());
    await putSeed(db, 'seed-00', lost);
    await putSeed(db, 'seed-12', lost);
    expect(await rotate(db, rotating)).toEqual([
      { name: 'seeds', resealed: 23, left: [{ keyId: lost.currentKeyId, secrets: 2 }] },
    ]);
    const io = { file: undefined, signal: new AbortController().signal, progress: () => {} };
    const commands = secretsCommands({ db, secrets: rotating, holders: { all: () => [seedHolder] }, audit });
    const outcome = await runCommand(commands, 'rotate-secrets', {}, io);
    const result = outcome.ok ? outcome.result : {};
    expect(result).toMatchObject({ left: 2, keyId: rotating.currentKeyId });
    expect(commands[0]?.isFailure?.(result)).toBe(true);
    const words = commands[0]?.describe?.(result).join('\n');
    expect(words).toContain(`2 left under ${lost.currentKeyId}`);
    expect(words).not.toContain(before.currentKeyId);
  });

  it('without a key says how to make one', async () => {
    const { db } = await start();
    await expect(rotate(db, await secretsWith())).rejects.toThrow('openssl rand -base64 32');
  });
});
