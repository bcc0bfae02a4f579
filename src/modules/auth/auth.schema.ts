import Type from 'typebox';
import { pageOf, pageQuery } from '../../platform/http/index.js';
import { authorTiers } from './auth.port.js';
import { AnyCode } from './second-factor/totp.schema.js';
import { deviceClasses } from './session/session.domain.js';

/** Bounds what is looked at; the rules themselves are configuration and have errors of their own. */
const textMax = 256;
/** Anyone may send these bodies: whatever is larger is not worth parsing. */
export const publicBodyLimitBytes = 16_384;
/** No control characters: they would forge lines in lists and logs, and PostgreSQL stores no NUL. */
export const printable = '^[^\\u0000-\\u001f\\u007f]*$';

const moment = (description: string) => Type.String({ format: 'date-time', description });
const id = (description: string) => Type.String({ format: 'uuid', description });
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const User = Type.Object(
  {
    id: id('Id of the user'),
    username: Type.String(),
    email: orNull(Type.String()),
    emailVerified: Type.Boolean(),
    nickname: Type.String(),
    locale: Type.String({ description: 'BCP 47' }),
    roles: Type.Array(Type.String()),
    version: Type.Integer({ description: 'Sent back with an edit' }),
    createdAt: moment('When the account was made'),
  },
  { title: 'User' },
);

const Device = Type.Object({
  id: Type.String({
    pattern: '^[A-Za-z0-9._:-]{1,64}$',
    description:
      'Chosen by the client and kept by it: a sign-in replaces the live session of the same device',
  }),
  name: Type.Optional(
    Type.String({ minLength: 1, maxLength: 60, pattern: printable, description: 'For people' }),
  ),
  class: Type.Optional(Type.Enum(deviceClasses, { description: '`web` when absent' })),
});

export const Session = Type.Object(
  {
    id: id('Id of the session'),
    device: Type.Object({
      id: orNull(Type.String()),
      name: orNull(Type.String()),
      class: Type.Enum(deviceClasses),
    }),
    address: orNull(Type.String({ description: 'Network address of the sign-in' })),
    createdAt: moment('When it was opened'),
    lastSeenAt: moment('Last use, to the minute'),
    expiresAt: moment('Its end, however active it is'),
    current: Type.Boolean({ description: 'The session of this very request' }),
  },
  { title: 'Session' },
);

export const RegisterBody = Type.Object({
  username: Type.String({ maxLength: textMax, description: 'Of `A-Za-z0-9_`, unique without case' }),
  email: Type.Optional(Type.String({ maxLength: textMax, description: 'Unique without case' })),
  password: Type.String({
    maxLength: textMax,
    description: 'At least a letter and a digit, and not a common one',
  }),
});

export const ProfileBody = Type.Object({
  nickname: Type.Optional(
    Type.String({ maxLength: textMax, description: '1 to 30 characters, trimmed; nothing that turns text' }),
  ),
  locale: Type.Optional(Type.String({ maxLength: 35, description: 'BCP 47' })),
  email: Type.Optional(
    Type.String({
      maxLength: textMax,
      description: 'Unique without case; verified by the link mailed to it',
    }),
  ),
  version: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'The version of the user that the edit was made on; absent: any',
    }),
  ),
});

/** What every way to sign in takes besides its proof. */
export const signInMembers = {
  device: Type.Optional(Device),
  endSessionId: Type.Optional(id('A live session of the same user that gives way to the new one')),
  totp: Type.Optional(AnyCode),
};

export const LoginBody = Type.Object({
  login: Type.String({ maxLength: textMax, description: 'Username or e-mail address' }),
  password: Type.String({ maxLength: textMax }),
  ...signInMembers,
});

export const RefreshBody = Type.Object({
  refreshToken: Type.String({ maxLength: textMax, description: 'The newest one of the session' }),
});

export const RegisterAnswer = Type.Object({ user: User });

export const SignedInAnswer = Type.Object(
  {
    accessToken: Type.String({ description: 'JWT for the Authorization header' }),
    expiresIn: Type.Integer({ description: 'Life of the access token, seconds' }),
    refreshToken: Type.String({ description: 'Opaque; good for one refresh' }),
    tokenType: Type.Literal('Bearer'),
    session: Session,
    user: User,
  },
  { title: 'SignedIn' },
);

export const MeAnswer = Type.Object({
  user: User,
  roles: Type.Array(Type.String()),
  permissions: Type.Array(Type.String({ description: '`area.action`, `area.*` or `*`' })),
  authorTier: orNull(
    Type.Enum(authorTiers, { description: 'Decides the share of an author; null for others' }),
  ),
  session: Session,
});

export const SessionPage = pageOf(Session);
export const SessionPageQuery = pageQuery();
/** Sort key and id of a page's last session. */
export const SessionCursor = Type.Tuple([
  Type.String({ format: 'date-time' }),
  Type.String({ format: 'uuid' }),
]);

/** Absent means no, so the body may be absent as well. */
export const LogoutAllBody = Type.Union([
  Type.Object({
    exceptCurrent: Type.Optional(Type.Boolean({ description: 'Keep the session of this request' })),
  }),
  Type.Null(),
]);

export const LogoutAllAnswer = Type.Object({
  ended: Type.Integer({ description: 'How many sessions ended' }),
});

export const SessionParams = Type.Object({ id: id('Id of the session') });

export const JwksAnswer = Type.Object(
  {
    keys: Type.Array(
      Type.Object({
        kty: Type.Literal('OKP'),
        crv: Type.Literal('Ed25519'),
        x: Type.String(),
        kid: Type.String(),
        alg: Type.Literal('EdDSA'),
        use: Type.Literal('sig'),
      }),
    ),
  },
  { title: 'JWKS' },
);
