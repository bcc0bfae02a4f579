import { type Queryable, tables } from '../../platform/database/index.js';
import type { AuthTables } from './auth.tables.js';

export type KeyPurpose = 'access-token' | 'refresh-token';

export interface StoredKey {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly publicJwk: Record<string, unknown> | null;
  /** The private key (PKCS 8) or the HMAC key; encrypted when `sealedWith` names a key. */
  readonly secret: Uint8Array;
  readonly sealedWith: string | null;
}

/** All keys, retired ones too: they still check what they signed. The active one of a purpose is first. */
export async function listKeys(where: Queryable): Promise<StoredKey[]> {
  const rows = await tables<AuthTables>(where)
    .selectFrom('auth_keys')
    .select(['id', 'purpose', 'public_jwk as publicJwk', 'secret', 'sealed_with as sealedWith'])
    .orderBy('purpose')
    .orderBy('retired_at', (order) => order.desc().nullsFirst())
    .execute();
  return rows as StoredKey[];
}

/** Keeps the key unless its purpose has an active one: of several instances' first keys one wins. */
export async function insertFirstKey(where: Queryable, key: StoredKey, now: Date): Promise<void> {
  await tables<AuthTables>(where)
    .insertInto('auth_keys')
    .values({
      id: key.id,
      purpose: key.purpose,
      public_jwk: key.publicJwk && JSON.stringify(key.publicJwk),
      secret: key.secret,
      sealed_with: key.sealedWith,
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Replaces a key's secret by its encrypted form, unless somebody did. */
export async function sealKey(
  where: Queryable,
  id: string,
  secret: Uint8Array,
  sealedWith: string,
): Promise<void> {
  await tables<AuthTables>(where)
    .updateTable('auth_keys')
    .set({ secret, sealed_with: sealedWith })
    .where('id', '=', id)
    .where('sealed_with', 'is', null)
    .execute();
}

export async function hasKey(where: Queryable, id: string): Promise<boolean> {
  const row = await tables<AuthTables>(where)
    .selectFrom('auth_keys')
    .select('id')
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}
