import Type from 'typebox';
import { daySeconds, integer, seconds } from '../config-fields.js';

export const loginConfig = Type.Object({
  failuresMax: integer(5, 'So many failed sign-ins of one account within the window lock it.', {
    unit: 'failures',
    minimum: 2,
    maximum: 100,
  }),
  addressFailuresMax: integer(
    20,
    'So many failed sign-ins from one address (IPv6: its /64 network) within the window lock the address.',
    { unit: 'failures', minimum: 2, maximum: 10_000 },
  ),
  windowSeconds: seconds(900, 'Failed sign-ins count for so long.', 1, daySeconds),
  lockSeconds: seconds(900, 'The first lock. Each further one lasts twice as long.', 1, daySeconds),
  lockSecondsMax: seconds(daySeconds, 'No lock lasts longer.', 1, 30 * daySeconds),
  lockMemorySeconds: seconds(
    daySeconds,
    'So long after the end of a lock the next one begins with the first duration again.',
    0,
    30 * daySeconds,
  ),
});
