import type { ColumnType, Generated } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { KeyUse, ResealBatch, SealedSecret } from '../../../platform/secrets/index.js';
import type { AuthTables } from '../auth.tables.js';

type Moment = ColumnType<Date, Date, Date>;
type SeedState = 'pending' | 'active';

interface SecondFactorTables extends Pick<AuthTables, 'users' | 'sessions'> {
  totp_seeds: {
    id: string;
    user_id: string;
    state: SeedState;
    secret: Uint8Array;
    sealed_with: string | null;
    last_step: Generated<number>;
    created_at: Moment;
  };
  recovery_codes: {
    user_id: string;
    code_hash: Uint8Array;
    created_at: Moment;
    used_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
}

export interface Seed {
  readonly id: string;
  readonly sealed: SealedSecret;
  readonly createdAt: Date;
}

const seeds = (where: Queryable) => tables<SecondFactorTables>(where);

export async function findSeed(
  where: Queryable,
  userId: string,
  state: SeedState,
): Promise<Seed | undefined> {
  const row = await seeds(where)
    .selectFrom('totp_seeds')
    .select(['id', 'secret', 'sealed_with', 'created_at'])
    .where('user_id', '=', userId)
    .where('state', '=', state)
    .executeTakeFirst();
  return (
    row && { id: row.id, sealed: { keyId: row.sealed_with, bytes: row.secret }, createdAt: row.created_at }
  );
}

/** The user's pending seed, in place of one from before. */
export async function replacePendingSeed(tx: Tx, userId: string, seed: Seed): Promise<void> {
  await deleteSeeds(tx, userId, ['pending']);
  await seeds(tx)
    .insertInto('totp_seeds')
    .values({
      id: seed.id,
      user_id: userId,
      state: 'pending',
      secret: seed.sealed.bytes,
      sealed_with: seed.sealed.keyId,
      created_at: seed.createdAt,
    })
    .execute();
}

export async function deleteSeeds(tx: Tx, userId: string, states: readonly SeedState[]): Promise<number> {
  const { numDeletedRows } = await seeds(tx)
    .deleteFrom('totp_seeds')
    .where('user_id', '=', userId)
    .where('state', 'in', states)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Makes a pending seed the one that counts; the code of `step` is spent. False: it is not pending any more. */
export async function activateSeed(tx: Tx, seedId: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await seeds(tx)
    .updateTable('totp_seeds')
    .set({ state: 'active', last_step: step })
    .where('id', '=', seedId)
    .where('state', '=', 'pending')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Spends the code of a step. Of many at once exactly one answers true; an older step never does. */
export async function spendStep(tx: Tx, seedId: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await seeds(tx)
    .updateTable('totp_seeds')
    .set({ last_step: step })
    .where('id', '=', seedId)
    .where('state', '=', 'active')
    .where('last_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function setTotpEnabled(tx: Tx, userId: string, at: Date | null): Promise<void> {
  await seeds(tx).updateTable('users').set({ totp_enabled_at: at }).where('id', '=', userId).execute();
  if (at !== null) return;
  await seeds(tx)
    .updateTable('sessions')
    .set({ stepped_up_at: null })
    .where('user_id', '=', userId)
    .where('stepped_up_at', 'is not', null)
    .execute();
}

export async function setSteppedUp(tx: Tx, sessionId: string, userId: string, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await seeds(tx)
    .updateTable('sessions')
    .set({ stepped_up_at: at })
    .where('id', '=', sessionId)
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** A new set; codes from before are gone, used or not. */
export async function replaceRecoveryCodes(
  tx: Tx,
  userId: string,
  hashes: readonly Uint8Array[],
  at: Date,
): Promise<void> {
  await seeds(tx).deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  if (hashes.length === 0) return;
  await seeds(tx)
    .insertInto('recovery_codes')
    .values(hashes.map((code_hash) => ({ user_id: userId, code_hash, created_at: at })))
    .execute();
}

export async function hasRecoveryCode(where: Queryable, userId: string, hash: Uint8Array): Promise<boolean> {
  const row = await seeds(where)
    .selectFrom('recovery_codes')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Of many at once with one code exactly one answers true. */
export async function spendRecoveryCode(
  tx: Tx,
  userId: string,
  hash: Uint8Array,
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await seeds(tx)
    .updateTable('recovery_codes')
    .set({ used_at: at })
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function countRecoveryCodes(where: Queryable, userId: string): Promise<number> {
  const row = await seeds(where)
    .selectFrom('recovery_codes')
    .select((query) => query.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Seeds that are not under the current key, by id, locked until the transaction ends. */
export async function lockStaleSeeds(
  tx: Tx,
  { after, limit, currentKeyId }: Pick<ResealBatch, 'after' | 'limit' | 'currentKeyId'>,
): Promise<Omit<Seed, 'createdAt'>[]> {
  let query = seeds(tx)
    .selectFrom('totp_seeds')
    .select(['id', 'secret', 'sealed_with'])
    .where('sealed_with', 'is distinct from', currentKeyId);
  if (after !== undefined) query = query.where('id', '>', after);
  const rows = await query.orderBy('id').limit(limit).forUpdate().execute();
  return rows.map(({ id, secret, sealed_with }) => ({ id, sealed: { keyId: sealed_with, bytes: secret } }));
}

export async function replaceSealedSeed(tx: Tx, id: string, { keyId, bytes }: SealedSecret): Promise<void> {
  await seeds(tx)
    .updateTable('totp_seeds')
    .set({ secret: bytes, sealed_with: keyId })
    .where('id', '=', id)
    .execute();
}

export async function countSeedsByKey(where: Queryable): Promise<KeyUse[]> {
  return seeds(where)
    .selectFrom('totp_seeds')
    .select((query) => ['sealed_with as keyId', query.fn.countAll<number>().as('secrets')])
    .groupBy('sealed_with')
    .execute();
}

/** Everything of a user's second factor, used codes included. */
export async function deleteSecondFactor(tx: Tx, userId: string): Promise<void> {
  await deleteSeeds(tx, userId, ['pending', 'active']);
  await seeds(tx).deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  await setTotpEnabled(tx, userId, null);
}

export async function findTotpEnabledAt(where: Queryable, userId: string): Promise<Date | undefined> {
  const row = await seeds(where)
    .selectFrom('users')
    .select('totp_enabled_at')
    .where('id', '=', userId)
    .executeTakeFirst();
  return row?.totp_enabled_at ?? undefined;
}
