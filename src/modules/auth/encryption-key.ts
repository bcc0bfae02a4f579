import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseEngine } from '../../platform/database/index.js';
import { readText, writeSecretFile } from '../../platform/files/index.js';

const fileName = 'auth.key';
const keyShape = /^[A-Za-z0-9+/]{43}=$/;

interface KeySource {
  /** `auth.encryptionKey`. */
  readonly configured: string | undefined;
  readonly engine: DatabaseEngine;
  readonly dataFolder: string;
}

/**
 * The key that encrypts the signing keys at rest. An embedded database belongs to one process, which
 * keeps a key of its own in a 0600 file outside the database's folder. The instances around a server
 * share no folder, so theirs is configured; undefined when it is not.
 */
export async function findEncryptionKey({
  configured,
  engine,
  dataFolder,
}: KeySource): Promise<string | undefined> {
  if (configured !== undefined || engine !== 'pglite') return configured;
  const path = join(dataFolder, fileName);
  const kept = (await readText(path, { bytesMax: 1024 }))?.trim();
  if (kept === undefined) {
    const made = randomBytes(32).toString('base64');
    await writeSecretFile(path, `${made}\n`);
    return made;
  }
  if (!keyShape.test(kept)) {
    throw new Error(`The file ${path} must hold 32 bytes as base64 and does not. Restore it from a backup.`);
  }
  return kept;
}
