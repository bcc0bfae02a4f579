import type { AppError, ErrorFactory } from '../../../platform/errors/index.js';
import { authErrors } from '../auth.errors.js';

export const deviceClasses = ['web', 'mobile', 'tablet', 'desktop'] as const;
export type DeviceClass = (typeof deviceClasses)[number];

/** Why a session ended. `idle` and `absolute` follow from its moments, the others are written. */
export type EndReason =
  | 'logout'
  | 'logout-all'
  | 'evicted'
  | 'replaced'
  | 'admin'
  | 'banned'
  | 'password-changed'
  | 'refresh-reused'
  | 'idle'
  | 'absolute';

export interface SessionMoments {
  readonly idleUntil: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  readonly endReason: string | null;
  readonly endedByDevice: string | null;
}

export interface SessionEnd {
  readonly reason: string;
  readonly at: Date;
  readonly byDevice: string | undefined;
}

/**
 * How a session ended, or undefined while it lives. The moment of its expiry is no longer part of its life; of its two
 * moments the earlier one is its end, whenever that is looked at.
 */
export function sessionEnd(session: SessionMoments, now: Date): SessionEnd | undefined {
  const byDevice = session.endedByDevice ?? undefined;
  if (session.endedAt && session.endReason)
    return { reason: session.endReason, at: session.endedAt, byDevice };
  const { idleUntil, expiresAt } = session;
  if (now < idleUntil && now < expiresAt) return undefined;
  return idleUntil < expiresAt
    ? { reason: 'idle', at: idleUntil, byDevice: undefined }
    : { reason: 'absolute', at: expiresAt, byDevice: undefined };
}

const factories: Readonly<Record<EndReason, ErrorFactory>> = {
  logout: authErrors.sessionLoggedOut,
  'logout-all': authErrors.sessionLoggedOut,
  evicted: authErrors.sessionEvicted,
  replaced: authErrors.sessionEvicted,
  admin: authErrors.sessionRevoked,
  banned: authErrors.accountBanned,
  'password-changed': authErrors.sessionRevoked,
  'refresh-reused': authErrors.refreshReused,
  idle: authErrors.sessionExpired,
  absolute: authErrors.sessionExpired,
};

/** The 401 that tells the holder of a dead session why it died. */
export function deadSession(end: SessionEnd): AppError {
  const create = factories[end.reason as EndReason] ?? authErrors.sessionRevoked;
  const extensions = {
    reason: end.reason,
    endedAt: end.at.toISOString(),
    ...(end.byDevice !== undefined && { endedByDevice: end.byDevice }),
  };
  return create({ extensions });
}

/** A sliding end: so long after `now`, never past the session's absolute end. */
export function idleEnd(now: Date, idleTtlSeconds: number, expiresAt: Date): Date {
  return new Date(Math.min(now.getTime() + idleTtlSeconds * 1000, expiresAt.getTime()));
}

export type SpentToken = 'same-successor' | 'reused' | 'unknown';

/** What a refresh token of generation `presented` means for a live session that has moved on from it. */
export function judgeSpent(
  session: { readonly generation: number; readonly rotatedAt: Date | null },
  presented: number,
  now: Date,
  graceSeconds: number,
): SpentToken {
  if (presented >= session.generation) return 'unknown';
  const age = session.rotatedAt ? now.getTime() - session.rotatedAt.getTime() : Number.POSITIVE_INFINITY;
  return presented === session.generation - 1 && age < graceSeconds * 1000 ? 'same-successor' : 'reused';
}
