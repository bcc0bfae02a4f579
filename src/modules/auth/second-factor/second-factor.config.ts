import Type from 'typebox';
import { integer, seconds } from '../config-fields.js';

export const secondFactorConfig = Type.Object({
  issuer: Type.String({
    default: '青羽',
    minLength: 1,
    maxLength: 60,
    pattern: '^[^:\\u0000-\\u001f\\u007f]*$',
    description: 'Name of the platform in authenticator apps.',
  }),
  setupTtlSeconds: seconds(
    600,
    'A new authenticator is enabled within this time, or set up again.',
    60,
    86_400,
  ),
  stepUpTtlSeconds: seconds(
    600,
    'So long after a code of the second factor, acts on money, roles and bans need no other.',
    30,
    86_400,
  ),
  recoveryCodes: integer(10, 'Recovery codes of a set.', { unit: 'codes', minimum: 5, maximum: 50 }),
});
