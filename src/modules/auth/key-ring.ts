import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { Database } from '../../platform/database/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import {
  hasKey,
  insertFirstKey,
  type KeyPurpose,
  listKeys,
  type StoredKey,
  sealKey,
} from './key.repository.js';
import { SecretBox } from './secret-box.js';

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
  /** Encrypts the keys at rest; undefined: they are stored in the clear. */
  readonly encryptionKey: () => Promise<string | undefined>;
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
    const { db, clock, encryptionKey } = this.#deps;
    const keyBase64 = await encryptionKey();
    const box = keyBase64 === undefined ? undefined : new SecretBox(keyBase64);
    let stored = await listKeys(db);
    const purposes = new Set(stored.map((key) => key.purpose));
    if (!purposes.has('access-token'))
      await insertFirstKey(db, sealed(await newSigningKey(), box), clock.now());
    if (!purposes.has('refresh-token')) await insertFirstKey(db, sealed(newRefreshKey(), box), clock.now());
    if (purposes.size < 2) stored = await listKeys(db);
    this.#loaded = read(stored, box);
    if (box) await this.#sealPlain(stored, box);
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
  async #sealPlain(stored: readonly StoredKey[], box: SecretBox): Promise<void> {
    for (const key of stored.filter(({ sealedWith }) => sealedWith === null)) {
      await sealKey(this.#deps.db, key.id, box.seal(key.secret, key.id), box.keyId);
    }
  }
}

function read(stored: readonly StoredKey[], box: SecretBox | undefined): LoadedKeys {
  const access = stored.filter((key) => key.purpose === 'access-token');
  const active = access[0];
  const refresh = stored.find((key) => key.purpose === 'refresh-token');
  if (!active || !refresh) throw new Error('The table auth_keys has no active key for each purpose.');
  return {
    signing: { kid: active.id, key: privateKey(open(active, box)) },
    verifying: new Map(access.map((key) => [key.id, createPublicKey(privateKey(open(key, box)))])),
    refreshKey: open(refresh, box),
    jwks: { keys: access.map((key) => ({ ...key.publicJwk, kid: key.id, alg: 'EdDSA', use: 'sig' })) },
  };
}

function open(key: StoredKey, box: SecretBox | undefined): Uint8Array {
  if (key.sealedWith === null) return key.secret;
  if (box?.keyId === key.sealedWith) return box.open(key.secret, key.id);
  throw new Error(
    `The signing key ${key.id} is encrypted with the key ${key.sealedWith}, but ${box ? `the one at hand is ${box.keyId}` : 'there is none at hand'}. Configure auth.encryptionKey, or restore the file auth.key in the data folder, as it was.`,
  );
}

function sealed(key: StoredKey, box: SecretBox | undefined): StoredKey {
  return box ? { ...key, secret: box.seal(key.secret, key.id), sealedWith: box.keyId } : key;
}

function privateKey(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
}

async function newSigningKey(): Promise<StoredKey> {
  const { publicKey, privateKey: made } = generateKeyPairSync('ed25519');
  const publicJwk = publicKey.export({ format: 'jwk' }) as Record<string, string>;
  const secret = made.export({ format: 'der', type: 'pkcs8' });
  return stored('access-token', await calculateJwkThumbprint(publicJwk), publicJwk, secret);
}

function newRefreshKey(): StoredKey {
  return stored('refresh-token', randomBytes(12).toString('base64url'), null, randomBytes(32));
}

function stored(
  purpose: KeyPurpose,
  id: string,
  publicJwk: Record<string, unknown> | null,
  secret: Uint8Array,
): StoredKey {
  return { id, purpose, publicJwk, secret, sealedWith: null };
}
