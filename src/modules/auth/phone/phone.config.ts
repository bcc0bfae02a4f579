import Type from 'typebox';
import { daySeconds, integer, seconds } from '../config-fields.js';

export const phoneConfig = Type.Object({
  codeTtlSeconds: seconds(300, 'A code that was sent to a phone is good for so long.', 60, 3600),
  triesMax: integer(5, 'So many wrong tries make a code void.', { unit: 'tries', minimum: 1, maximum: 10 }),
  resendSeconds: seconds(60, 'A phone gets its next code no sooner.', 0, 3600),
  codesMax: integer(5, 'Codes that a phone gets within the window.', {
    unit: 'codes',
    minimum: 1,
    maximum: 100,
  }),
  addressCodesMax: integer(
    20,
    'Codes that one address (IPv6: its /64 network) may ask for within the window.',
    { unit: 'codes', minimum: 1, maximum: 10_000 },
  ),
  windowSeconds: seconds(3600, 'Codes count against those limits for so long.', 60, daySeconds),
  sandboxFilesMax: integer(1000, 'Messages kept as files by the sandbox; beyond it the oldest is removed.', {
    unit: 'files',
    minimum: 1,
    maximum: 100_000,
  }),
});
