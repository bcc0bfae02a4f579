import Type from 'typebox';
import { pageOf, pageQuery } from '../../../platform/http/index.js';
import { accountStatuses, authorTiers } from '../auth.port.js';
import { User } from '../auth.schema.js';

const moment = (description: string) => Type.String({ format: 'date-time', description });
const id = (description: string) => Type.String({ format: 'uuid', description });
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const version = Type.Optional(
  Type.Integer({ minimum: 1, description: 'The version of the user that the edit was made on; absent: any' }),
);
/** As much of it as the audit log keeps. */
const reasonOf = (description: string) =>
  Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S', description });
const roleName = Type.String({ pattern: '^[a-z][a-z0-9-]{1,30}$' });

const StaffUser = Type.Object(
  {
    ...User.properties,
    email: orNull(
      Type.String({ description: 'Masked (`d***@example.com`) for whoever does not hold `user.ban`' }),
    ),
    status: Type.Enum(accountStatuses),
    bannedUntil: orNull(moment('When the ban ends by itself; `null` for one without end, and without one')),
    banReason: orNull(Type.String({ description: 'What the user is told' })),
    authorTier: orNull(Type.Enum(authorTiers)),
  },
  { title: 'StaffUser' },
);

const Ban = Type.Object({
  id: id('Id of the ban'),
  reason: Type.String(),
  until: orNull(moment('Its own end')),
  bannedBy: id('Who of the staff'),
  bannedAt: moment('When'),
  liftedBy: orNull(id('Who lifted it before its end')),
  liftedAt: orNull(moment('When')),
  liftReason: orNull(Type.String()),
});

export const UserAnswer = StaffUser;
export const UserWithBans = Type.Object({
  ...StaffUser.properties,
  bans: Type.Array(Ban, { description: 'The last 20, newest first' }),
});
export const UserPage = pageOf(StaffUser);

export const UserListQuery = pageQuery({
  q: Type.Optional(
    Type.String({
      minLength: 2,
      maxLength: 254,
      pattern: '\\S',
      description:
        'The beginning of a username, nickname or, for holders of `user.ban`, e-mail address; without case',
    }),
  ),
  role: Type.Optional(roleName),
  status: Type.Optional(Type.Enum(accountStatuses, { description: 'As it is at this moment' })),
  authorTier: Type.Optional(Type.Enum(authorTiers)),
});
/** Id of the last user of a page. */
export const UserCursor = Type.Tuple([Type.String({ format: 'uuid' })]);

export const UserParams = Type.Object({ id: id('Id of the user') });

export const BanBody = Type.Object({
  reason: reasonOf('For the user to read'),
  until: Type.Optional(moment('The ban is over at this moment; absent: it has no end')),
});

export const UnbanBody = Type.Union([
  Type.Object({ reason: Type.Optional(reasonOf('For the audit log')) }),
  Type.Null(),
]);

export const ForceLogoutBody = Type.Object({
  sessionId: Type.Optional(id('One session; absent: all of them, unless a token is named')),
  tokenId: Type.Optional(id('`jti` of one access token, refused from now on; its session lives on')),
  reason: reasonOf('For the audit log'),
});

export const EndedAnswer = Type.Object({ ended: Type.Integer({ minimum: 0, description: 'Sessions' }) });

export const RolesBody = Type.Object({
  roles: Type.Array(roleName, {
    maxItems: 20,
    description: 'All that the user shall hold; `reader` always stays',
  }),
  reason: Type.Optional(reasonOf('For the audit log')),
  version,
});

export const AuthorTierBody = Type.Object({
  tier: Type.Enum(authorTiers),
  reason: reasonOf('For the audit log'),
  version,
});
