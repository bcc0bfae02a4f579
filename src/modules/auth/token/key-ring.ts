import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Database } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Secrets } from '../../../platform/secrets/index.js';
import { hasKey, insertKey, listKeys, lockKeys, type StoredKey, sealKey } from './key.repository.js';
import { type KeyMoments, signingKeyAt, usableKeys } from './key-schedule.domain.js';
import { newRefreshKey, newSigningKey } from './new-keys.js';

export interface SigningKey extends KeyMoments {
  readonly kid: string;
  readonly key: KeyObject;
}

interface LoadedKeys {
  /** Those that check access tokens, in the order in which they sign. */
  readonly signing: readonly SigningKey[];
  readonly verifying: ReadonlyMap<string, KeyObject>;
  readonly retired: ReadonlySet<string>;
  readonly refreshKey: Uint8Array;
  readonly jwks: { readonly keys: readonly Record<string, unknown>[] };
}

interface KeyRingDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: Secrets;
}

/** Tokens that name keys nobody knows make this process read the keys at most this often. */
const learnSpacingMs = 1_000;

/**
 * The keys behind all tokens. They live in the database, so restarts and replicas share them; the
 * first start makes them. Usable after `load`, which is called again whenever they may have changed.
 */
export class KeyRing {
  readonly #deps: KeyRingDeps;
  #loaded: LoadedKeys | undefined;
  #generation = 0;
  #loads = 0;
  #newestLoad = 0;
  #learning: { readonly startedMs: number; readonly done: Promise<void> } | undefined;

  constructor(deps: KeyRingDeps) {
    this.#deps = deps;
  }

  get isLoaded(): boolean {
    return this.#loaded !== undefined;
  }

  /** The key whose turn it is now. */
  get signing(): SigningKey {
    const key = signingKeyAt(this.#keys.signing, this.#deps.clock.now());
    if (!key) throw new Error('No signing key is loaded.');
    return key;
  }

  get refreshKey(): Uint8Array {
    return this.#keys.refreshKey;
  }

  /** RFC 7517: the public keys that access tokens are checked with, the next one too. */
  get jwks(): LoadedKeys['jwks'] {
    return this.#keys.jwks;
  }

  /** Changes with the set of keys: what an earlier one vouched for must be checked again. */
  get generation(): number {
    return this.#generation;
  }

  verifying(kid: string): KeyObject | undefined {
    return this.#keys.verifying.get(kid);
  }

  /** Whether it was taken out of use before its time. */
  isRetired(kid: string): boolean {
    return this.#keys.retired.has(kid);
  }

  /**
   * A key that is not known yet, perhaps since another instance made it a moment ago: reads the keys, at most once
   * a second however many ask.
   */
  async learn(kid: string): Promise<KeyObject | undefined> {
    const startedMs = performance.now();
    if (!this.#learning || startedMs - this.#learning.startedMs >= learnSpacingMs) {
      this.#learning = { startedMs, done: this.load() };
    }
    await this.#learning.done;
    return this.verifying(kid);
  }

  /** Reads the keys and makes those that are missing; at once from several instances, all get the same. */
  async load(): Promise<void> {
    const { db, secrets } = this.#deps;
    this.#loads += 1;
    const load = this.#loads;
    let stored = await listKeys(db);
    if (!isComplete(stored)) {
      await this.#makeMissing();
      stored = await listKeys(db);
    }
    const loaded = read(stored, secrets);
    // One that began later, and so knows more, may have come first.
    if (load > this.#newestLoad) {
      this.#newestLoad = load;
      this.#use(loaded);
    }
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

  #use(loaded: LoadedKeys): void {
    const before = this.#loaded && [...this.#loaded.verifying.keys()].join();
    if (before !== [...loaded.verifying.keys()].join()) this.#generation += 1;
    this.#loaded = loaded;
  }

  async #makeMissing(): Promise<void> {
    const { db, clock, secrets } = this.#deps;
    const [signing, refresh] = [await newSigningKey(secrets), newRefreshKey(secrets)];
    const now = clock.now();
    await db.withTransaction({ name: 'make-keys' }, async (tx) => {
      await lockKeys(tx);
      const stored = await listKeys(tx);
      if (!hasPurpose(stored, 'access-token')) await insertKey(tx, signing, { now, signsFrom: now });
      if (!hasPurpose(stored, 'refresh-token')) await insertKey(tx, refresh, { now, signsFrom: now });
    });
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

function hasPurpose(stored: readonly StoredKey[], purpose: StoredKey['purpose']): boolean {
  return usableKeys(stored).some((key) => key.purpose === purpose);
}

function isComplete(stored: readonly StoredKey[]): boolean {
  return hasPurpose(stored, 'access-token') && hasPurpose(stored, 'refresh-token');
}

function read(stored: readonly StoredKey[], secrets: Secrets): LoadedKeys {
  const usable = usableKeys(stored);
  const access = usable.filter((key) => key.purpose === 'access-token');
  const refresh = usable.find((key) => key.purpose === 'refresh-token');
  if (!refresh || access.length === 0) {
    throw new Error('The table auth_keys has no active key for each purpose.');
  }
  const open = ({ id, secret }: StoredKey) => secrets.open(secret, id);
  const signing = access.map((key) => {
    const { id, signsFrom, retiredAt } = key;
    return { id, kid: id, signsFrom, retiredAt, key: privateKey(open(key)) };
  });
  return {
    signing,
    verifying: new Map(signing.map(({ kid, key }) => [kid, createPublicKey(key)])),
    retired: new Set(stored.filter(({ retiredAt }) => retiredAt !== null).map(({ id }) => id)),
    refreshKey: open(refresh),
    jwks: { keys: access.map((key) => ({ ...key.publicJwk, kid: key.id, alg: 'EdDSA', use: 'sig' })) },
  };
}

function privateKey(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
}
