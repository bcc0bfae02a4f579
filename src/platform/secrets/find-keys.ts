import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseEngine } from '../database/index.js';
import { createSecretFile, readText, remove } from '../files/index.js';
import type { SecretsConfig } from './secrets.config.js';

const fileName = 'secrets.key';
/** What release 0.1.0 called it. */
const formerFileName = 'auth.key';
const keyShape = /^[A-Za-z0-9+/]{43}=$/;

export interface KeySource {
  readonly config: SecretsConfig;
  readonly engine: DatabaseEngine;
  readonly dataFolder: string;
}

/** Keys as base64. */
export interface FoundKeys {
  /** Seals; undefined: secrets are kept in the clear. */
  readonly current: string | undefined;
  /** Only open. */
  readonly previous: readonly string[];
}

/**
 * An embedded database belongs to one process, which keeps a key of its own in a 0600 file outside the
 * database's folder; a configured key goes before it. The instances around a server share no folder, so
 * theirs is configured; without one they run on secrets in the clear, unless `secrets.keyRequired`.
 */
export async function findKeys({ config, engine, dataFolder }: KeySource): Promise<FoundKeys> {
  const { key, previousKeys, keyRequired } = config;
  if (engine === 'pglite') {
    const kept = await readKey(dataFolder);
    if (key === undefined) return { current: kept ?? (await makeKey(dataFolder)), previous: previousKeys };
    return { current: key, previous: kept === undefined ? previousKeys : [...previousKeys, kept] };
  }
  if (key === undefined && keyRequired) {
    throw new Error(
      'secrets.key is not set, and secrets.keyRequired (on in production) wants it beside a database server: the keys that sign tokens would lie there in the clear. Make one with `openssl rand -base64 32`, keep it safe and give the same one to every instance as QINGYU_SECRETS__KEY.',
    );
  }
  return { current: key, previous: previousKeys };
}

/** The key in the data folder; that of release 0.1.0 is taken over. */
async function readKey(dataFolder: string): Promise<string | undefined> {
  const kept = await readKeyFile(join(dataFolder, fileName));
  if (kept !== undefined) return kept;
  const formerPath = join(dataFolder, formerFileName);
  const former = await readKeyFile(formerPath);
  if (former === undefined) return undefined;
  await createSecretFile(join(dataFolder, fileName), `${former}\n`);
  await remove(formerPath);
  return readKeyFile(join(dataFolder, fileName));
}

/** Of several makers at once one wins, and all get its key. */
async function makeKey(dataFolder: string): Promise<string | undefined> {
  const path = join(dataFolder, fileName);
  await createSecretFile(path, `${randomBytes(32).toString('base64')}\n`);
  return readKeyFile(path);
}

async function readKeyFile(path: string): Promise<string | undefined> {
  const kept = (await readText(path, { bytesMax: 1024 }))?.trim();
  if (kept !== undefined && !keyShape.test(kept)) {
    throw new Error(`The file ${path} must hold 32 bytes as base64 and does not. Restore it from a backup.`);
  }
  return kept;
}
