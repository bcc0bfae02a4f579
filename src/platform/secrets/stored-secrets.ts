import { type FoundKeys, findKeys, type KeySource } from './find-keys.js';
import { SecretBox } from './secret-box.js';
import { type SealedSecret, SecretError, type Secrets } from './secrets.js';

interface LoadedKeys {
  readonly current: SecretBox | undefined;
  readonly byId: ReadonlyMap<string, SecretBox>;
}

/** Secrets with the keys of the configuration or of the data folder. Usable after `load`. */
export class StoredSecrets implements Secrets {
  readonly #source: KeySource;
  #loaded: LoadedKeys | undefined;

  constructor(source: KeySource) {
    this.#source = source;
  }

  /** Throws, with words for people, when a key is missing that must be there, or a key file is damaged. */
  async load(): Promise<void> {
    this.#loaded = boxesOf(await findKeys(this.#source));
  }

  get currentKeyId(): string | null {
    return this.#keys.current?.keyId ?? null;
  }

  seal(secret: Uint8Array, about: string): SealedSecret {
    const { current } = this.#keys;
    if (!current) return { keyId: null, bytes: secret };
    return { keyId: current.keyId, bytes: current.seal(secret, about) };
  }

  open({ keyId, bytes }: SealedSecret, about: string): Buffer {
    if (keyId === null) return Buffer.from(bytes);
    const box = this.#keys.byId.get(keyId);
    if (!box) throw new SecretError(this.#missingKey(keyId, about));
    try {
      return box.open(bytes, about);
    } catch (cause) {
      throw new SecretError(
        `The secret about ${about} does not open with its key ${keyId}: it was changed, or it belongs elsewhere.`,
        { cause },
      );
    }
  }

  hasKey(keyId: string): boolean {
    return this.#keys.byId.has(keyId);
  }

  needsRotation({ keyId }: SealedSecret): boolean {
    return keyId !== this.currentKeyId;
  }

  get #keys(): LoadedKeys {
    if (!this.#loaded) throw new Error('Secrets are used before the service "secrets" has started.');
    return this.#loaded;
  }

  #missingKey(keyId: string, about: string): string {
    const ids = [...this.#keys.byId.keys()];
    const atHand = ids.length === 0 ? 'there is none at hand' : `at hand is ${ids.join(', ')}`;
    return `The secret about ${about} is encrypted with the key ${keyId}, but ${atHand}. Configure that key as secrets.key or among secrets.previousKeys, or restore the file secrets.key in the data folder, as it was.`;
  }
}

function boxesOf({ current, previous }: FoundKeys): LoadedKeys {
  const sealing = current === undefined ? undefined : new SecretBox(current);
  const boxes = [...(sealing ? [sealing] : []), ...previous.map((key) => new SecretBox(key))];
  return { current: sealing, byId: new Map(boxes.map((box) => [box.keyId, box])) };
}
