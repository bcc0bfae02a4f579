import Type, { type Static } from 'typebox';

const milliseconds = (description: string, value: number, minimum = 1) =>
  Type.Integer({ default: value, minimum, maximum: 600_000, unit: 'ms', description });
const optionalText = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const optionalFile = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, path: true, description }));

export const redisConfig = Type.Object({
  url: Type.Optional(
    Type.String({
      secret: true,
      pattern: '^rediss?://[^/?#]',
      description:
        'Redis 6.2 or newer, or Valkey, as `redis://user:password@host:6379/0`; `rediss://` for TLS. Without it caches, limits and streams live in each process.',
    }),
  ),
  username: optionalText('ACL user; instead of the one in the URL.'),
  password: Type.Optional(
    Type.String({ secret: true, minLength: 1, description: 'Password; instead of the one in the URL.' }),
  ),
  database: Type.Optional(
    Type.Integer({
      minimum: 0,
      unit: 'database number',
      description: 'Database; instead of the one in the URL.',
    }),
  ),
  keyPrefix: Type.String({
    default: 'qingyu:',
    pattern: '^[A-Za-z0-9_.:{}-]*$',
    maxLength: 64,
    description: 'Put before every key and channel. Two installations on one server need different ones.',
  }),
  tls: Type.Object({
    caFile: optionalFile('Certificates (PEM) to trust instead of those that Node.js trusts.'),
    certFile: optionalFile('Certificate (PEM) to show to the server.'),
    keyFile: optionalFile('Private key (PEM) of `certFile`.'),
    serverName: optionalText('Name that the certificate of the server must carry; else the host of the URL.'),
  }),
  connectTimeoutMs: milliseconds('Connecting, TLS and the sign-in included, may take this long.', 5000),
  commandTimeoutMs: milliseconds('A command may take this long, write and read together.', 500),
  reconnectDelayMs: milliseconds(
    'Longest wait before the first attempt to reconnect; doubled for each further one, the actual wait is random.',
    50,
  ),
  reconnectDelayMsMax: milliseconds('No wait before an attempt to reconnect is longer.', 1000),
  queueMax: Type.Integer({
    default: 10_000,
    minimum: 1,
    unit: 'commands',
    description: 'Commands that may wait for their answer; further ones are refused at once.',
  }),
  queueBytesMax: Type.Integer({
    default: 67_108_864,
    minimum: 65_536,
    unit: 'bytes',
    description: 'Bytes that may wait to be sent; while there are more, commands are refused at once.',
  }),
});

export type RedisConfig = Static<typeof redisConfig>;
