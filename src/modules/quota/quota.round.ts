import type { Database, Tx } from '../../platform/database/index.js';
import { type Clock, newId } from '../../platform/kernel/index.js';
import { type Decision, decide, type RoundRules } from './admission.domain.js';
import { shanghaiDay } from './calendar.domain.js';
import type { Operation } from './operation.domain.js';
import {
  type CallReference,
  type DailyGrant,
  findCalls,
  lockGrants,
  lockReservations,
  makeDailyGrants,
  saveDecision,
} from './round.repository.js';

export interface RoundDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly rules: RoundRules;
}

/** Decides operations in one transaction: all are committed when it resolves; none when it rejects, unless nobody can know. */
export function runRound(
  { database, clock, rules }: RoundDependencies,
  operations: readonly Operation[],
): Promise<Decision> {
  return database.withTransaction({ name: 'admit-quota' }, async (tx): Promise<Decision> => {
    const now = clock.now();
    const day = shanghaiDay(now);
    const callIds = operations.map((operation) => operation.callId);
    const reserving = operations.filter((operation) => operation.kind === 'reserve');
    const calls = await findCalls(tx, { callIds, userIds: reserving.map((o) => o.userId), now });
    const daily = dailyGrants(operations, calls, () => newId(now));
    const madeGrantIds = new Set(await makeDailyGrants(tx, day, daily));
    const state = await lockState(tx, { reserving, callIds, calls, now });
    const decision = decide({ ...state, madeGrantIds }, operations, { now, day, rules });
    await saveDecision(tx, decision, { now, day, nextId: () => newId(now) });
    return decision;
  });
}

async function lockState(
  tx: Tx,
  round: {
    reserving: readonly { userId: string }[];
    callIds: readonly string[];
    calls: readonly CallReference[];
    now: Date;
  },
) {
  const { reserving, callIds, calls, now } = round;
  const userIds = unique([...reserving, ...calls].map((each) => each.userId));
  const grantIds = unique(calls.flatMap((call) => call.split.map((share) => share.grantId)));
  const { grants, suspendedUserIds } = await lockGrants(tx, { userIds, grantIds, now });
  const reservations = await lockReservations(tx, unique([...callIds, ...calls.map((call) => call.callId)]));
  return { grants, suspendedUserIds, reservations };
}

/**
 * Who needs a grant of the day: whoever reserves, and whoever settles a call begun the day before. The
 * operation that comes first shapes it, as if each had come alone.
 */
function dailyGrants(
  operations: readonly Operation[],
  calls: readonly CallReference[],
  nextId: () => string,
): DailyGrant[] {
  const callsById = new Map(calls.map((call) => [call.callId, call]));
  const grants = new Map<string, DailyGrant>();
  for (const operation of operations) {
    const provisional = operation.kind === 'settle';
    const source = provisional ? callsById.get(operation.callId) : operation;
    if (!source || !('entitlement' in source) || grants.has(source.userId)) continue;
    const { userId, entitlement } = source;
    grants.set(userId, { id: nextId(), userId, ...entitlement, provisional });
  }
  return [...grants.values()];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
