import type { Queryable, Tx } from '../database/index.js';
import { port } from '../kernel/index.js';
import type { SealedSecret } from './secrets.js';

export interface ResealBatch {
  /** Where the batch before ended; undefined at the beginning. */
  readonly after: string | undefined;
  readonly limit: number;
  readonly currentKeyId: string;
  /** The same secret under the current key; undefined when it does not open, and has to stay as it is. */
  reseal(sealed: SealedSecret, about: string): SealedSecret | undefined;
}

export interface KeyUse {
  readonly keyId: string | null;
  readonly secrets: number;
}

/** Sealed secrets that a module keeps in a table, for the rotation of keys and for backups. */
export interface SecretHolder {
  /** kebab-case, for people: `signing-keys`. */
  readonly name: string;
  /**
   * Reseals at most `limit` secrets that are not under the current key, in a fixed order after `after`.
   * It locks the rows it reads, so that a change by a running server is not lost. Answers where it ended;
   * undefined when nothing is left behind that place.
   */
  resealBatch(tx: Tx, batch: ResealBatch): Promise<{ resealed: number; last: string | undefined }>;
  /** How many secrets are under which key. */
  keysInUse(where: Queryable): Promise<readonly KeyUse[]>;
}

/** The holders of all modules. */
export interface SecretHolders {
  all(): readonly SecretHolder[];
}

export const SecretHolders = port<SecretHolders>('secret-holders');
