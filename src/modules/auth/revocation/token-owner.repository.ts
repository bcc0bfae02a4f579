import { sql } from 'kysely';
import { type Queryable, tables } from '../../../platform/database/index.js';
import { rolesOfUser } from '../account/account.repository.js';
import type { Standing } from '../account/account.standing.js';
import type { AuthTables } from '../auth.tables.js';
import { customPermissionsOfUser } from '../role/role.repository.js';
import type { SecondFactorFacts } from '../second-factor/step-up.js';
import type { SessionMoments } from '../session/session.domain.js';
import type { AuthChangesTables } from './auth-changes.repository.js';

/** What decides over an access token, in one read: one moment of the database. */
export interface TokenOwner extends SessionMoments, Standing, SecondFactorFacts {
  readonly userId: string;
  readonly lastSeenAt: Date;
  readonly roles: readonly string[];
  /** What those roles permit that the code does not fix. */
  readonly customPermissions: readonly string[];
  /** Of a token that was revoked by itself: why and when. */
  readonly revokedFor: string | null;
  readonly revokedAt: Date | null;
}

/** Undefined: there is no such session. */
export async function findTokenOwner(
  where: Queryable,
  { sessionId, tokenId }: { readonly sessionId: string; readonly tokenId: string },
): Promise<TokenOwner | undefined> {
  const row = await tables<AuthTables & AuthChangesTables>(where)
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .leftJoinLateral(
      ({ selectFrom }) =>
        selectFrom('auth_changes')
          .select(['reason', 'recorded_at'])
          // A literal: only then the partial index serves the prepared statement.
          .where(sql<boolean>`auth_changes.kind = 'token'`)
          .where('auth_changes.subject', '=', tokenId)
          .orderBy('seq')
          .limit(1)
          .as('revoked'),
      (join) => join.onTrue(),
    )
    .select([
      'sessions.user_id as userId',
      'sessions.last_seen_at as lastSeenAt',
      'sessions.idle_until as idleUntil',
      'sessions.expires_at as expiresAt',
      'sessions.ended_at as endedAt',
      'sessions.end_reason as endReason',
      'sessions.ended_by_device as endedByDevice',
      'users.status',
      'users.banned_until as bannedUntil',
      'users.ban_reason as banReason',
      'users.totp_enabled_at as totpEnabledAt',
      'sessions.stepped_up_at as steppedUpAt',
      'revoked.reason as revokedFor',
      'revoked.recorded_at as revokedAt',
    ])
    .select([rolesOfUser, customPermissionsOfUser])
    .where('sessions.id', '=', sessionId)
    .executeTakeFirst();
  return row as TokenOwner | undefined;
}
