import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { KeyUse, SealedSecret } from '../../../platform/secrets/index.js';
import type { AuthTables } from '../auth.tables.js';

export type KeyPurpose = 'access-token' | 'refresh-token';

export interface StoredKey {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly publicJwk: Record<string, unknown> | null;
  /** The private key (PKCS 8) or the HMAC key, about the key's id. */
  readonly secret: SealedSecret;
}

/** All keys, retired ones too: they still check what they signed. The active one of a purpose is first. */
export async function listKeys(where: Queryable): Promise<StoredKey[]> {
  const rows = await tables<AuthTables>(where)
    .selectFrom('auth_keys')
    .select(['id', 'purpose', 'public_jwk', 'secret', 'sealed_with'])
    .orderBy('purpose')
    .orderBy('retired_at', (order) => order.desc().nullsFirst())
    .execute();
  return rows.map((row) => ({
    id: row.id,
    purpose: row.purpose as KeyPurpose,
    publicJwk: row.public_jwk,
    secret: { keyId: row.sealed_with, bytes: row.secret },
  }));
}

/** Keeps the key unless its purpose has an active one: of several instances' first keys one wins. */
export async function insertFirstKey(where: Queryable, key: StoredKey, now: Date): Promise<void> {
  await tables<AuthTables>(where)
    .insertInto('auth_keys')
    .values({
      id: key.id,
      purpose: key.purpose,
      public_jwk: key.publicJwk && JSON.stringify(key.publicJwk),
      secret: key.secret.bytes,
      sealed_with: key.secret.keyId,
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Replaces a secret in the clear by its encrypted form, unless somebody did. */
export async function sealKey(where: Queryable, id: string, { keyId, bytes }: SealedSecret): Promise<void> {
  await tables<AuthTables>(where)
    .updateTable('auth_keys')
    .set({ secret: bytes, sealed_with: keyId })
    .where('id', '=', id)
    .where('sealed_with', 'is', null)
    .execute();
}

/** Secrets that are not under `currentKeyId`, by id, locked until the transaction ends. */
export async function lockStaleSecrets(
  tx: Tx,
  { after, limit, currentKeyId }: { after: string | undefined; limit: number; currentKeyId: string },
): Promise<{ id: string; secret: SealedSecret }[]> {
  const rows = await tables<AuthTables>(tx)
    .selectFrom('auth_keys')
    .select(['id', 'secret', 'sealed_with'])
    .where('sealed_with', 'is distinct from', currentKeyId)
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .execute();
  return rows.map(({ id, secret, sealed_with }) => ({ id, secret: { keyId: sealed_with, bytes: secret } }));
}

export async function replaceSecret(tx: Tx, id: string, { keyId, bytes }: SealedSecret): Promise<void> {
  await tables<AuthTables>(tx)
    .updateTable('auth_keys')
    .set({ secret: bytes, sealed_with: keyId })
    .where('id', '=', id)
    .execute();
}

export async function countByKey(where: Queryable): Promise<KeyUse[]> {
  const rows = await tables<AuthTables>(where)
    .selectFrom('auth_keys')
    .select((query) => ['sealed_with as keyId', query.fn.countAll<number>().as('secrets')])
    .groupBy('sealed_with')
    .execute();
  return rows;
}

export async function hasKey(where: Queryable, id: string): Promise<boolean> {
  const row = await tables<AuthTables>(where)
    .selectFrom('auth_keys')
    .select('id')
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}
