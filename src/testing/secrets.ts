import { randomBytes } from 'node:crypto';
import { type Secrets, StoredSecrets } from '../platform/secrets/index.js';

/** A value for `secrets.key`. */
export function newKey(): string {
  return randomBytes(32).toString('base64');
}

/** Secrets as beside a server with this configuration; without a key they stay in the clear. */
export async function secretsWith(key?: string, previousKeys: string[] = []): Promise<Secrets> {
  const config = { ...(key !== undefined && { key }), previousKeys, keyRequired: false };
  const secrets = new StoredSecrets({ config, engine: 'postgres', dataFolder: '' });
  await secrets.load();
  return secrets;
}
