import Type from 'typebox';
import { daySeconds, integer, seconds } from '../config-fields.js';

export const accessTokenConfig = Type.Object({
  ttlSeconds: seconds(900, 'Life of an access token.', 1, daySeconds),
  clockToleranceSeconds: seconds(
    5,
    'Difference between the clocks of instances that an expiry forgives.',
    0,
    60,
  ),
  issuer: Type.String({
    default: 'qingyu',
    minLength: 1,
    maxLength: 200,
    description: 'Issuer written into access tokens and demanded of them.',
  }),
  audience: Type.String({
    default: 'qingyu-api',
    minLength: 1,
    maxLength: 200,
    description: 'Audience written into access tokens and demanded of them.',
  }),
  verifiedMax: integer(
    10_000,
    'Access tokens that are remembered once they passed. Of more the signature is checked and the rows are read again; 0: at every request.',
    {
      unit: 'tokens',
      minimum: 0,
      maximum: 1_000_000,
    },
  ),
});
