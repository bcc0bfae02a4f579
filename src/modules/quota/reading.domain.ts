import { decide, type RoundRules } from './admission.domain.js';
import type { Day } from './calendar.domain.js';
import type { Reservation } from './operation.domain.js';
import {
  applyEntitlement,
  bySpendingOrder,
  type Entitlement,
  type Grant,
  isAlive,
  sumsOf,
} from './quota.domain.js';
import type { GrantReading, QuotaLevel, QuotaReading, TokenSums } from './quota.port.js';

/** In percent of the tokens granted in the period. */
export interface Thresholds {
  readonly warningPercent: number;
  readonly criticalPercent: number;
}

export interface StoredQuota {
  readonly grants: readonly Grant[];
  /** Open and past their end, with all grants they are split over among `grants`. */
  readonly overdue: readonly Reservation[];
  readonly suspended: boolean;
}

interface ReadingContext {
  readonly now: Date;
  readonly day: Day;
  readonly rules: RoundRules;
  readonly thresholds: Thresholds;
}

/** A daily grant that no call of the day has written down yet. */
const unwrittenId = '';

/** What the user would find if everything due had been written: the day's grant, the role's rise, the ends of reservations. */
export function readQuota(
  stored: StoredQuota,
  user: { userId: string; entitlement: Entitlement },
  context: ReadingContext,
): QuotaReading {
  const { now, day } = context;
  const grants = new Map(stored.grants.map((grant) => [grant.id, { ...grant }]));
  const daily = [...grants.values()].find(
    (g) => g.kind === 'daily' && g.endsAt.getTime() === day.endsAt.getTime(),
  );
  if (!daily) grants.set(unwrittenId, dailyGrant(user.userId, user.entitlement, day));
  for (const changed of expiring([...grants.values()], stored.overdue, context))
    grants.set(changed.id, changed);
  const today = grants.get(daily?.id ?? unwrittenId);
  if (today) applyEntitlement(today, user.entitlement);
  const period = [...grants.values()].filter((g) => g.endsAt > day.startsAt && g.startsAt <= now);
  return summarize(period, stored.suspended, context);
}

export function levelOf(
  sums: TokenSums,
  state: { suspended: boolean; unlimited: boolean },
  thresholds: Thresholds,
): QuotaLevel {
  if (state.suspended) return 'suspended';
  if (state.unlimited) return 'ok';
  if (sums.available === 0) return 'exhausted';
  if (sums.available * 100 <= sums.granted * thresholds.criticalPercent) return 'critical';
  return sums.available * 100 <= sums.granted * thresholds.warningPercent ? 'warning' : 'ok';
}

function dailyGrant(userId: string, entitlement: Entitlement, day: Day): Grant {
  return {
    id: unwrittenId,
    userId,
    kind: 'daily',
    ...entitlement,
    provisional: false,
    used: 0,
    reserved: 0,
    startsAt: day.startsAt,
    endsAt: day.endsAt,
  };
}

/** The grants as they are once the overdue reservations are settled. */
function expiring(
  grants: Grant[],
  overdue: readonly Reservation[],
  context: ReadingContext,
): readonly Grant[] {
  const nobody: ReadonlySet<string> = new Set();
  const state = { grants, reservations: overdue, madeGrantIds: nobody, suspendedUserIds: nobody };
  return decide(state, [], context).changedGrants;
}

function summarize(grants: readonly Grant[], suspended: boolean, context: ReadingContext): QuotaReading {
  const { now, day, thresholds } = context;
  const total = { granted: 0, available: 0, reserved: 0, used: 0, expired: 0 };
  const readings = grants.toSorted(bySpendingOrder).map((grant): GrantReading => {
    const sums = sumsOf(grant, now);
    for (const part of Object.keys(total) as (keyof TokenSums)[]) total[part] += sums[part];
    return {
      id: grant.id === unwrittenId ? null : grant.id,
      kind: grant.kind,
      unlimited: grant.unlimited,
      ...sums,
      startsAt: grant.startsAt.toISOString(),
      endsAt: grant.endsAt.toISOString(),
    };
  });
  const unlimited = grants.some((grant) => grant.unlimited && isAlive(grant, now));
  const level = levelOf(total, { suspended, unlimited }, thresholds);
  return { ...total, grants: readings, level, resetsAt: day.endsAt.toISOString(), unlimited };
}
