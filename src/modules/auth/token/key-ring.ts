import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { Database } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Secrets } from '../../../platform/secrets/index.js';
import { hasKey, insertFirstKey, listKeys, type StoredKey, sealKey } from './key.repository.js';

export interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
}

interface LoadedKeys {
  readonly signing: SigningKey;
  readonly verifying: ReadonlyMap<string, KeyObject>;
  readonly refreshKey: Uint8Array;
  readonly jwks: { readonly keys: readonly Record<string, unknown>[] };
}

interface KeyRingDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: Secrets;
}

/**
 * The keys behind all tokens. They live in the database, so restarts and replicas share them; the
 * first start makes them. Usable after `load`.
 */
export class KeyRing {
  readonly #deps: KeyRingDeps;
  #loaded: LoadedKeys | undefined;

  constructor(deps: KeyRingDeps) {
    this.#deps = deps;
  }

  get signing(): SigningKey {
    return this.#keys.signing;
  }

  get refreshKey(): Uint8Array {
    return this.#keys.refreshKey;
  }

  /** RFC 7517: the public keys that access tokens are checked with. */
  get jwks(): LoadedKeys['jwks'] {
    return this.#keys.jwks;
  }

  verifying(kid: string): KeyObject | undefined {
    return this.#keys.verifying.get(kid);
  }

  /** Reads the keys and makes those that are missing; at once from several instances, all get the same. */
  async load(): Promise<void> {
    const { db, clock, secrets } = this.#deps;
    let stored = await listKeys(db);
    const purposes = new Set(stored.map((key) => key.purpose));
    if (!purposes.has('access-token')) await insertFirstKey(db, await newSigningKey(secrets), clock.now());
    if (!purposes.has('refresh-token')) await insertFirstKey(db, newRefreshKey(secrets), clock.now());
    if (purposes.size < 2) stored = await listKeys(db);
    this.#loaded = read(stored, secrets);
    await this.#sealPlain(stored);
  }

  /** Whether the database answers and still has the key that signs. */
  signingKeyExists(): Promise<boolean> {
    return hasKey(this.#deps.db, this.signing.kid);
  }

  get #keys(): LoadedKeys {
    if (!this.#loaded) throw new Error('The signing keys are used before the auth service has started.');
    return this.#loaded;
  }

  /** An installation that ran without an encryption key gets one: what is there is encrypted now. */
  async #sealPlain(stored: readonly StoredKey[]): Promise<void> {
    const { db, secrets } = this.#deps;
    if (secrets.currentKeyId === null) return;
    for (const { id, secret } of stored.filter((key) => key.secret.keyId === null)) {
      await sealKey(db, id, secrets.seal(secret.bytes, id));
    }
  }
}

function read(stored: readonly StoredKey[], secrets: Secrets): LoadedKeys {
  const access = stored.filter((key) => key.purpose === 'access-token');
  const active = access[0];
  const refresh = stored.find((key) => key.purpose === 'refresh-token');
  if (!active || !refresh) throw new Error('The table auth_keys has no active key for each purpose.');
  const open = ({ id, secret }: StoredKey) => secrets.open(secret, id);
  return {
    signing: { kid: active.id, key: privateKey(open(active)) },
    verifying: new Map(access.map((key) => [key.id, createPublicKey(privateKey(open(key)))])),
    refreshKey: open(refresh),
    jwks: { keys: access.map((key) => ({ ...key.publicJwk, kid: key.id, alg: 'EdDSA', use: 'sig' })) },
  };
}

function privateKey(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
}

async function newSigningKey(secrets: Secrets): Promise<StoredKey> {
  const { publicKey, privateKey: made } = generateKeyPairSync('ed25519');
  const publicJwk = publicKey.export({ format: 'jwk' }) as Record<string, string>;
  const id = await calculateJwkThumbprint(publicJwk);
  const secret = secrets.seal(made.export({ format: 'der', type: 'pkcs8' }), id);
  return { id, purpose: 'access-token', publicJwk, secret };
}

function newRefreshKey(secrets: Secrets): StoredKey {
  const id = randomBytes(12).toString('base64url');
  const secret = secrets.seal(randomBytes(32), id);
  return { id, purpose: 'refresh-token', publicJwk: null, secret };
}
