import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { Secrets } from '../../../platform/secrets/index.js';
import type { NewKey } from './key.repository.js';

/** An Ed25519 key that is named by its thumbprint (RFC 7638). */
export async function newSigningKey(secrets: Secrets): Promise<NewKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const publicJwk = publicKey.export({ format: 'jwk' }) as Record<string, string>;
  const id = await calculateJwkThumbprint(publicJwk);
  const secret = secrets.seal(privateKey.export({ format: 'der', type: 'pkcs8' }), id);
  return { id, purpose: 'access-token', publicJwk, secret };
}

export function newRefreshKey(secrets: Secrets): NewKey {
  const id = randomBytes(12).toString('base64url');
  const secret = secrets.seal(randomBytes(32), id);
  return { id, purpose: 'refresh-token', publicJwk: null, secret };
}
