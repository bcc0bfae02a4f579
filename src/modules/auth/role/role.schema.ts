import Type, { type Static } from 'typebox';
import { pageOf, pageQuery } from '../../../platform/http/index.js';
import { printable } from '../auth.schema.js';
import type { PermissionUse } from './permission.service.js';
import type { Role as RoleOfService } from './role.service.js';

const roleName = '^[a-z][a-z0-9-]{1,30}$';

export const RoleParams = Type.Object({ name: Type.String({ pattern: roleName, description: 'The role' }) });

const title = Type.String({
  minLength: 1,
  maxLength: 60,
  pattern: printable,
  description: 'What people call it',
});
const permissions = Type.Array(
  Type.String({
    pattern: '^[a-z][a-z0-9-]{0,30}\\.([a-z][a-z0-9-]{0,30}|\\*)$',
    description: '`area.action` or `area.*`; `*` is for the role admin alone',
  }),
  { maxItems: 100, description: 'Only what there is, and what you hold yourself' },
);

export const RoleBody = Type.Object({
  name: Type.String({ pattern: roleName, description: 'Names the role for ever' }),
  ...{ title, permissions },
});

export const RoleEdit = Type.Object({
  ...{ title, permissions },
  version: Type.Integer({ minimum: 1, description: 'The version that the edit was made on' }),
});

export const Role = Type.Object(
  {
    name: Type.String(),
    title: Type.String(),
    permissions: Type.Array(Type.String({ description: '`area.action`, `area.*` or `*`' })),
    system: Type.Boolean({ description: 'Fixed by the platform' }),
    version: Type.Integer({ description: 'Sent back with an edit' }),
  },
  { title: 'Role' },
);

export const RolePage = pageOf(Role);

export const PermissionPage = pageOf(
  Type.Object({
    permission: Type.String({
      description: '`area.action`, or a pattern that a system role holds before any operation asks for it',
    }),
    operations: Type.Array(Type.String(), { description: 'The operations that ask for it' }),
    systemRoles: Type.Array(Type.String(), { description: 'The system roles that hold it' }),
  }),
);

export const NamePageQuery = pageQuery();
/** Name of a page's last item. */
export const NameCursor = Type.Tuple([Type.String({ maxLength: 100 })]);

export function roleView({ name, title, permissions, system, version }: RoleOfService): Static<typeof Role> {
  return { name, title, permissions: [...permissions], system, version };
}

export function permissionView({ permission, operations, systemRoles }: PermissionUse) {
  return { permission, operations: [...operations], systemRoles: [...systemRoles] };
}

const role = {
  name: 'campaign-desk',
  title: '活动专员',
  permissions: ['notice.manage', 'user.read'],
  system: false,
  version: 1,
};

export const roleExamples = {
  role,
  params: { name: role.name },
  body: { name: role.name, title: role.title, permissions: role.permissions },
  edit: { title: role.title, permissions: ['notice.manage'], version: 1 },
  edited: { ...role, permissions: ['notice.manage'], version: 2 },
  roles: { items: [role], nextCursor: null },
  permissions: {
    items: [
      {
        permission: 'role.assign',
        operations: ['PUT /api/v1/admin/users/{id}/roles'],
        systemRoles: ['admin'],
      },
    ],
    nextCursor: null,
  },
};
