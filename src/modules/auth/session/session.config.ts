import Type from 'typebox';
import { daySeconds, integer, seconds } from '../config-fields.js';

export const limitPolicies = ['evict-lru', 'evict-oldest', 'reject'] as const;
export const limitScopes = ['account', 'device-class'] as const;

export const sessionConfig = Type.Object({
  limit: integer(5, 'Live sessions of a user at once; VIP may raise it.', {
    ...{ unit: 'sessions', minimum: 1, maximum: 100_000 },
  }),
  policy: Type.Enum(limitPolicies, {
    default: 'evict-lru',
    description:
      'Who gives way at the limit: the session used least recently, the oldest one, or the new sign-in (refused with a list to choose from).',
  }),
  scope: Type.Enum(limitScopes, {
    default: 'account',
    description: 'What the limit counts: all sessions of a user, or those of each device class.',
  }),
  absoluteTtlSeconds: seconds(
    30 * daySeconds,
    'Life of a session and of its refresh tokens, however active it is.',
    60,
    366 * daySeconds,
  ),
  idleTtlSeconds: seconds(7 * daySeconds, 'Life of a session after its last use.', 60, 366 * daySeconds),
  touchIntervalSeconds: seconds(60, 'The last use of a session is written at most this often.', 1, 3600),
  refreshGraceSeconds: seconds(
    10,
    'A spent refresh token that is repeated this soon gets the same successor: two tabs refresh at once.',
    0,
    60,
  ),
  keepEndedDays: integer(
    90,
    'Ended sessions are kept this long: their tokens are told why, and their devices are known.',
    { unit: 'days', minimum: 1, maximum: 3660 },
  ),
  sweepIntervalSeconds: seconds(60, 'Time between two looks for sessions that have expired.', 1, 3600),
});
