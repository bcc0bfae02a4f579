import { type RawBuilder, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';

export type GuardKind = 'account' | 'address';

export interface GuardKey {
  readonly kind: GuardKind;
  readonly key: Buffer;
}

export interface Guard {
  readonly key: Buffer;
  readonly kind: GuardKind;
  readonly lockLevel: number;
  readonly lockedUntil: Date | null;
}

export interface GuardRule {
  readonly failuresMax: Readonly<Record<GuardKind, number>>;
  readonly windowSeconds: number;
  readonly lockSeconds: number;
  readonly lockSecondsMax: number;
  readonly lockMemorySeconds: number;
}

interface GuardTables {
  login_guards: {
    key: Buffer;
    kind: string;
    failures: Date[];
    lock_level: number;
    locked_until: Date | null;
    expires_at: Date;
  };
}

const guards = (where: Queryable) => tables<GuardTables>(where);
const bytes = (keys: readonly GuardKey[]) => sql.join(keys.map(({ key }) => sql`${key}::bytea`));

/** The last end of the locks that hold at `now`. */
export async function findLock(
  where: Queryable,
  keys: readonly GuardKey[],
  now: Date,
): Promise<Date | undefined> {
  const row = await guards(where)
    .selectFrom('login_guards')
    .select(({ fn }) => fn.max('locked_until').as('lockedUntil'))
    .where(sql<boolean>`key in (${bytes(keys)})`)
    .where('locked_until', '>', now)
    .executeTakeFirst();
  return row?.lockedUntil ?? undefined;
}

/** As they are by now: waits for failures that are being written, and those that come later wait for the caller. */
export async function shareGuards(tx: Tx, keys: readonly GuardKey[]): Promise<Guard[]> {
  const { rows } = await sql<Guard>`
    select key, kind, lock_level as "lockLevel", locked_until as "lockedUntil" from login_guards
    where key in (${bytes(keys)}) order by key for share
  `.execute(guards(tx));
  return rows;
}

/**
 * Counts one failure for each key, and locks those that reached their number, unless one of them is locked
 * already: then nothing is counted. Answers the guards that were written.
 */
export async function countFailure(
  tx: Tx,
  keys: readonly GuardKey[],
  rule: GuardRule,
  now: Date,
): Promise<Guard[]> {
  const at = sql`${now}::timestamptz`;
  const attempted = sql.join(keys.map(({ kind, key }) => sql`(${key}::bytea, ${kind}::text)`));
  const { rows } = await sql<Guard>`
    with attempted (key, kind) as (values ${attempted}),
    held as (
      select locked_until from login_guards where key in (${bytes(keys)}) order by key for update
    )
    insert into login_guards as g (key, kind, failures, lock_level, expires_at)
    select key, kind, array[${at}], 0, ${after(at, rule.windowSeconds)}
    from attempted where not exists (select from held where locked_until > ${at})
    order by key
    on conflict (key) do update
    set (failures, lock_level, locked_until, expires_at) = (${counted(rule, now)})
    where g.locked_until is null or g.locked_until <= ${at}
    returning g.key, g.kind, g.lock_level as "lockLevel", g.locked_until as "lockedUntil"
  `.execute(guards(tx));
  return rows;
}

/** The row `g` with one failure more. */
function counted(rule: GuardRule, now: Date): RawBuilder<unknown> {
  const at = sql`${now}::timestamptz`;
  const since = new Date(now.getTime() - rule.windowSeconds * 1000);
  const { account, address } = rule.failuresMax;
  const longest = sql`${rule.lockSecondsMax}::float8`;
  const seconds = sql`least(${longest}, ${rule.lockSeconds}::float8 * power(2::float8, r.level))`;
  return sql`
    select
      case when l.locks then '{}' else r.recent end,
      case when l.locks then least(r.level + 1, 64) else r.level end,
      case when l.locks then l.until when r.level > 0 then g.locked_until end,
      case when l.locks then ${after(sql`l.until`, rule.lockMemorySeconds)}
        else greatest(
          excluded.expires_at,
          case when r.level > 0 then ${after(sql`g.locked_until`, rule.lockMemorySeconds)} end
        ) end
    from (
      select
        array(select f from unnest(g.failures || ${at}) f where f > ${since}::timestamptz) as recent,
        case when ${after(sql`g.locked_until`, rule.lockMemorySeconds)} > ${at} then g.lock_level else 0 end
          as level
    ) r
    cross join lateral (
      select
        cardinality(r.recent) >= case g.kind when 'account' then ${account}::int else ${address}::int end
          as locks,
        ${at} + make_interval(secs => ${seconds}) as until
    ) l
  `;
}

function after(moment: RawBuilder<unknown>, seconds: number): RawBuilder<unknown> {
  return sql`${moment} + make_interval(secs => ${seconds}::float8)`;
}

/** Forgets the failures, not that there was a lock. */
export async function clearFailures(tx: Tx, { key }: GuardKey): Promise<void> {
  await guards(tx)
    .updateTable('login_guards')
    .set({ failures: [] })
    .where('key', '=', key)
    .where(sql<boolean>`cardinality(failures) > 0`)
    .execute();
}

export interface RemovedGuard {
  readonly failures: number;
  readonly lockLevel: number;
  readonly lockedUntil: Date | null;
}

export async function removeGuard(tx: Tx, { key }: GuardKey): Promise<RemovedGuard | undefined> {
  const row = await guards(tx)
    .deleteFrom('login_guards')
    .where('key', '=', key)
    .returning([
      sql<number>`cardinality(failures)`.as('failures'),
      'lock_level as lockLevel',
      'locked_until as lockedUntil',
    ])
    .executeTakeFirst();
  return row;
}

/** Removes at most `max` guards that say nothing any more; answers how many. */
export async function removeExpiredGuards(where: Queryable, now: Date, max: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from login_guards where key in (
      select key from login_guards where expires_at <= ${now} order by expires_at limit ${max}
      for update skip locked
    )
  `.execute(guards(where));
  return Number(numAffectedRows ?? 0);
}
