import Type, { type Static } from 'typebox';

const daySeconds = 86_400;

interface Bounds {
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
}

const integer = (value: number, description: string, bounds: Bounds) =>
  Type.Integer({ default: value, description, ...bounds });

const seconds = (value: number, description: string, minimum: number, maximum: number) =>
  integer(value, description, { unit: 's', minimum, maximum });

const username = Type.Object({
  lengthMin: integer(3, 'Shortest username.', { unit: 'characters', minimum: 1, maximum: 30 }),
  lengthMax: integer(30, 'Longest username.', { unit: 'characters', minimum: 30, maximum: 60 }),
  reserved: Type.Array(Type.String({ minLength: 1, maxLength: 60 }), {
    default: ['admin', 'root', 'system', 'api', 'www', 'mail', 'ftp', 'support'],
    maxItems: 1000,
    description: 'Names nobody can register, compared without case.',
  }),
});

const password = Type.Object({
  lengthMin: integer(8, 'Shortest password.', { unit: 'characters', minimum: 8, maximum: 64 }),
  lengthMax: integer(128, 'Longest password.', { unit: 'characters', minimum: 64, maximum: 256 }),
  commonMax: integer(10_000, 'So many of the most common passwords are refused.', {
    unit: 'passwords',
    minimum: 1000,
    maximum: 40_000,
  }),
  memoryKib: integer(19_456, 'argon2id: memory of one hash (OWASP: 19456 with 2 passes).', {
    unit: 'KiB',
    minimum: 8192,
    maximum: 1_048_576,
  }),
  passes: integer(2, 'argon2id: passes over the memory.', { unit: 'passes', minimum: 1, maximum: 20 }),
  lanes: integer(1, 'argon2id: lanes, its parameter of parallelism.', {
    unit: 'lanes',
    minimum: 1,
    maximum: 8,
  }),
  hashesInFlightMax: Type.Optional(
    Type.Integer({
      unit: 'hashes',
      minimum: 1,
      maximum: 64,
      description: 'Hashes computed at once; as many as cores when absent.',
    }),
  ),
  hashQueueMax: integer(
    200,
    'Hashes that may wait for their turn; beyond it sign-in and registration answer 503.',
    { unit: 'hashes', minimum: 1, maximum: 10_000 },
  ),
});

const session = Type.Object({
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

const accessToken = Type.Object({
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
  verifiedMax: integer(10_000, 'Access tokens whose checked signature is remembered.', {
    unit: 'tokens',
    minimum: 0,
    maximum: 1_000_000,
  }),
});

export const authConfig = Type.Object({
  adminPassword: Type.Optional(
    Type.String({
      secret: true,
      minLength: 1,
      maxLength: 256,
      description: 'Password of the first `admin`. Absent: one is made and printed once.',
    }),
  ),
  username,
  password,
  session,
  accessToken,
});

export type AuthConfig = Static<typeof authConfig>;
