import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { KeyUse, SealedSecret } from '../../../platform/secrets/index.js';
import type { AuthTables } from '../auth.tables.js';
import type { KeyMoments } from './key-schedule.domain.js';

export type KeyPurpose = 'access-token' | 'refresh-token';

export interface NewKey {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly publicJwk: Record<string, unknown> | null;
  /** The private key (PKCS 8) or the HMAC key, about the key's id. */
  readonly secret: SealedSecret;
}

export interface StoredKey extends NewKey, KeyMoments {}

/** All keys, also those that wait for their time and those that were retired. */
export async function listKeys(where: Queryable): Promise<StoredKey[]> {
  const rows = await tables<AuthTables>(where)
    .selectFrom('auth_keys')
    .select(['id', 'purpose', 'public_jwk', 'secret', 'sealed_with', 'retired_at as retiredAt'])
    .select(({ fn }) => fn.coalesce('signs_from', 'created_at').as('signsFrom'))
    .orderBy('id')
    .execute();
  return rows.map(({ id, purpose, public_jwk, secret, sealed_with, signsFrom, retiredAt }) => ({
    id,
    purpose: purpose as KeyPurpose,
    publicJwk: public_jwk,
    secret: { keyId: sealed_with, bytes: secret },
    signsFrom: signsFrom as Date,
    retiredAt,
  }));
}

/** Until the transaction ends nobody else adds, retires or removes keys; those who read them go on. */
export async function lockKeys(tx: Tx): Promise<void> {
  await sql`lock table auth_keys in share row exclusive mode`.execute(tables(tx));
}

export async function insertKey(
  tx: Tx,
  key: NewKey,
  { now, signsFrom }: { readonly now: Date; readonly signsFrom: Date },
): Promise<void> {
  await tables<AuthTables>(tx)
    .insertInto('auth_keys')
    .values({
      id: key.id,
      purpose: key.purpose,
      public_jwk: key.publicJwk && JSON.stringify(key.publicJwk),
      secret: key.secret.bytes,
      sealed_with: key.secret.keyId,
      created_at: now,
      signs_from: signsFrom,
    })
    .execute();
}

export async function retireKeys(tx: Tx, ids: readonly string[], now: Date): Promise<void> {
  await tables<AuthTables>(tx)
    .updateTable('auth_keys')
    .set({ retired_at: now })
    .where('id', 'in', ids)
    .execute();
}

export async function deleteKeys(tx: Tx, ids: readonly string[]): Promise<void> {
  await tables<AuthTables>(tx).deleteFrom('auth_keys').where('id', 'in', ids).execute();
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
