import Type from 'typebox';
import { daySeconds, seconds } from '../config-fields.js';

export const sessionConfig = Type.Object({
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
});
