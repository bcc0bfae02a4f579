import { actorOf } from '../../../platform/audit/index.js';
import {
  access,
  apiBase,
  decodeCursor,
  defineRoute,
  httpErrors,
  type Route,
  toPage,
} from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import type { PermissionService } from './permission.service.js';
import {
  NameCursor,
  NamePageQuery,
  PermissionPage,
  permissionView,
  Role,
  RoleBody,
  RoleEdit,
  RolePage,
  RoleParams,
  roleExamples,
  roleView,
} from './role.schema.js';
import type { RoleService } from './role.service.js';

const manage = access.permission('role.manage');
const response = (description: string, example: object) => ({ description, schema: Role, example });

export function roleRoutes(roles: RoleService, permissions: PermissionService): Route[] {
  return [
    listRoles(roles),
    createRole(roles),
    replaceRole(roles),
    removeRole(roles),
    listPermissions(permissions),
  ];
}

function listRoles(roles: RoleService): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/roles',
    access: manage,
    summary: 'The roles there are, by name',
    query: NamePageQuery,
    responses: {
      200: { description: 'A page of roles', schema: RolePage, example: roleExamples.roles },
    },
    errors: [httpErrors.invalidCursor],
    handler: async ({ query: { limit, cursor } }) => {
      const after = decodeCursor(cursor, NameCursor)?.[0];
      const page = await roles.list({ after, limit: limit + 1 });
      return toPage(page, limit, { item: roleView, position: ({ name }) => [name] });
    },
  });
}

function createRole(roles: RoleService): Route {
  return defineRoute({
    method: 'POST',
    path: '/admin/roles',
    access: manage,
    stepUp: true,
    summary: 'Make a custom role',
    description: 'Its permissions must be among those there are, and the caller must hold each of them.',
    body: RoleBody,
    example: { body: roleExamples.body },
    responses: { 201: response('The new role', roleExamples.role) },
    errors: [
      authErrors.roleFixed,
      authErrors.roleExists,
      authErrors.permissionUnknown,
      authErrors.permissionNotHeld,
    ],
    handler: async (request, reply) => {
      const role = await roles.create(request.body, actorOf(request));
      reply.code(201).header('location', `${apiBase}/admin/roles/${role.name}`);
      return roleView(role);
    },
  });
}

function replaceRole(roles: RoleService): Route {
  return defineRoute({
    method: 'PUT',
    path: '/admin/roles/{name}',
    access: manage,
    stepUp: true,
    summary: 'Change a custom role',
    description:
      'Title and permissions are replaced; it counts at the next request of whoever holds the role. The caller must hold each permission that is added or taken away.',
    params: RoleParams,
    body: RoleEdit,
    example: { params: roleExamples.params, body: roleExamples.edit },
    responses: { 200: response('The role as it is now', roleExamples.edited) },
    errors: [
      authErrors.roleFixed,
      authErrors.roleNotFound,
      authErrors.permissionUnknown,
      authErrors.permissionNotHeld,
      httpErrors.versionConflict,
    ],
    handler: async (request) => {
      const { version, ...words } = request.body;
      const role = await roles.replace({ ...request.params, ...words }, version, actorOf(request));
      return roleView(role);
    },
  });
}

function removeRole(roles: RoleService): Route {
  return defineRoute({
    method: 'DELETE',
    path: '/admin/roles/{name}',
    access: manage,
    stepUp: true,
    summary: 'Remove a custom role',
    description: 'Refused while anybody holds it: take it from them first.',
    params: RoleParams,
    example: { params: roleExamples.params },
    responses: { 204: { description: 'Removed' } },
    errors: [
      authErrors.roleFixed,
      authErrors.roleNotFound,
      authErrors.roleInUse,
      authErrors.permissionNotHeld,
    ],
    handler: async (request, reply) => {
      await roles.remove(request.params.name, actorOf(request));
      return reply.code(204).send();
    },
  });
}

function listPermissions(permissions: PermissionService): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/permissions',
    access: manage,
    summary: 'The permissions there are, and where each counts',
    description: 'Made from the declarations of the routes of this release and from the system roles.',
    query: NamePageQuery,
    responses: {
      200: {
        description: 'A page of permissions',
        schema: PermissionPage,
        example: roleExamples.permissions,
      },
    },
    errors: [httpErrors.invalidCursor],
    handler: ({ query: { limit, cursor } }) => {
      const after = decodeCursor(cursor, NameCursor)?.[0] ?? '';
      const rest = permissions.catalogue.filter(({ permission }) => permission > after);
      return toPage(rest.slice(0, limit + 1), limit, {
        item: permissionView,
        position: ({ permission }) => [permission],
      });
    },
  });
}
