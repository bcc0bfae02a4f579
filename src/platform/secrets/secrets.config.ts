import Type, { type Static } from 'typebox';

const key = { secret: true, pattern: '^[A-Za-z0-9+/]{43}=$' };

export const secretsConfig = Type.Object({
  key: Type.Optional(
    Type.String({
      ...key,
      description:
        'Encrypts what must stay secret in the database (the keys that sign tokens, for example): 32 bytes as base64 (`openssl rand -base64 32`), the same on every instance. Absent: with the embedded database one is made in the data folder (secrets.key), with a server secrets are stored in the clear.',
    }),
  ),
  previousKeys: Type.Array(Type.String(key), {
    default: [],
    maxItems: 10,
    secret: true,
    description: 'Earlier values of `secrets.key`: they open, and never seal. See docs/guides/secrets.md.',
  }),
  keyRequired: Type.Boolean({
    default: false,
    description:
      'Refuse to start on a database server without `secrets.key`, instead of warning. On in production.',
  }),
});

export type SecretsConfig = Static<typeof secretsConfig>;
