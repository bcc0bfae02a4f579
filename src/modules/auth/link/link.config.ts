import Type from 'typebox';
import { daySeconds, integer, seconds } from '../config-fields.js';

export const linksConfig = Type.Object({
  baseUrl: Type.String({
    default: 'http://127.0.0.1:8080',
    maxLength: 200,
    pattern: '^https?://[^\\s?#]+$',
    description:
      'Web page that mailed links lead to: `<baseUrl>/reset-password#token=…` and `<baseUrl>/verify-email#token=…`.',
  }),
  passwordResetTtlSeconds: seconds(
    3600,
    'A link that resets a password is good for so long.',
    60,
    daySeconds,
  ),
  emailVerificationTtlSeconds: seconds(
    daySeconds,
    'A link that verifies an e-mail address is good for so long.',
    60,
    30 * daySeconds,
  ),
  requestsMax: integer(3, 'Links of one kind that a user is sent within the window.', {
    unit: 'links',
    minimum: 1,
    maximum: 100,
  }),
  requestWindowSeconds: seconds(3600, 'The window of that bound.', 60, daySeconds),
});
