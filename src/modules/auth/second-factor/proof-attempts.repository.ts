import { type ColumnType, sql } from 'kysely';
import { type Queryable, tables } from '../../../platform/database/index.js';

export type ProofKind = 'password' | 'second-factor';

interface ProofAttemptTables {
  proof_attempts: {
    user_id: string;
    kind: ProofKind;
    attempts: number;
    window_ends_at: ColumnType<Date, Date, Date>;
  };
}

export interface Attempt {
  readonly userId: string;
  readonly kind: ProofKind;
  readonly now: Date;
  readonly attemptsMax: number;
  readonly windowSeconds: number;
}

/** Counts an attempt in one statement. False: the window has no more; of many at once no more than its rest get true. */
export async function takeAttempt(
  where: Queryable,
  { userId, kind, now, attemptsMax, windowSeconds }: Attempt,
): Promise<boolean> {
  const end = new Date(now.getTime() + windowSeconds * 1000);
  const { rows } = await sql`
    insert into proof_attempts as tried (user_id, kind, attempts, window_ends_at) values (${userId}, ${kind}, 1, ${end})
    on conflict (user_id, kind) do update set
      attempts = case when tried.window_ends_at <= ${now} then 1 else tried.attempts + 1 end,
      window_ends_at = case when tried.window_ends_at <= ${now} then excluded.window_ends_at else tried.window_ends_at end
    where tried.window_ends_at <= ${now} or tried.attempts < ${attemptsMax}
    returning attempts`.execute(tables<ProofAttemptTables>(where));
  return rows.length === 1;
}

export async function attemptWindowEnd(
  where: Queryable,
  userId: string,
  kind: ProofKind,
): Promise<Date | undefined> {
  const row = await tables<ProofAttemptTables>(where)
    .selectFrom('proof_attempts')
    .select('window_ends_at')
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row?.window_ends_at;
}

export async function clearAttempts(
  where: Queryable,
  userId: string,
  kinds: readonly ProofKind[],
): Promise<void> {
  await tables<ProofAttemptTables>(where)
    .deleteFrom('proof_attempts')
    .where('user_id', '=', userId)
    .where('kind', 'in', kinds)
    .execute();
}
