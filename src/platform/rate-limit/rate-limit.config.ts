import Type, { type Static } from 'typebox';

const perMinute = (value: number, description: string) =>
  Type.Integer({ default: value, minimum: 1, maximum: 1_000_000, unit: 'requests a minute', description });

export const rateLimitConfig = Type.Object({
  guestPerMinute: perMinute(300, 'Requests of an address (IPv6: of a /64 network) without a valid token.'),
  userPerMinute: perMinute(1_200, 'Requests of a user; membership may raise it.'),
  signInPerMinute: perMinute(20, 'Sign-ins and registrations of an address.'),
  aiPerMinute: perMinute(60, 'AI calls of a user; membership may raise it.'),
  uploadPerMinute: perMinute(60, 'Uploads of a user.'),
  exportPerMinute: perMinute(5, 'Exports of a user.'),
  localKeysMax: Type.Integer({
    default: 100_000,
    minimum: 100,
    maximum: 10_000_000,
    unit: 'keys',
    description:
      'Users and addresses that an instance counts at once; beyond it the oldest counts are dropped.',
  }),
  factorSeconds: Type.Integer({
    default: 5,
    minimum: 1,
    maximum: 60,
    unit: 'seconds',
    description: 'How long what membership makes of a user’s limit is remembered.',
  }),
  redisPauseMs: Type.Integer({
    default: 1_000,
    minimum: 1,
    maximum: 60_000,
    unit: 'ms',
    description: 'After a failure of Redis each instance counts by itself for so long, then tries again.',
  }),
});

export type RateLimitConfig = Static<typeof rateLimitConfig>;
