import { actorOf } from '../../../platform/audit/index.js';
import {
  access,
  decodeCursor,
  defineRoute,
  httpErrors,
  type Route,
  toPage,
} from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { authErrors } from '../auth.errors.js';
import type { RoleAssignmentService } from './role-assignment.service.js';
import { staffExamples } from './staff.examples.js';
import {
  AuthorTierBody,
  RolesBody,
  UserAnswer,
  UserCursor,
  UserListQuery,
  UserPage,
  UserParams,
  UserWithBans,
} from './staff.schema.js';
import { banView, seesEmails, staffUserView } from './staff.views.js';
import type { UserDirectoryService } from './user-directory.service.js';

interface UserRouteDeps {
  readonly clock: Clock;
  readonly directory: UserDirectoryService;
  readonly assignment: RoleAssignmentService;
}

const read = access.permission('user.read');
const params = UserParams;

export function userRoutes(deps: UserRouteDeps): Route[] {
  return [listUsers(deps), readUser(deps), assignRoles(deps), setAuthorTier(deps)];
}

function listUsers({ clock, directory }: UserRouteDeps): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/users',
    access: read,
    summary: 'The users, newest first',
    query: UserListQuery,
    example: { query: { q: 'lin_', status: 'active' } },
    responses: { 200: { description: 'A page of users', schema: UserPage, example: staffExamples.users } },
    errors: [httpErrors.invalidCursor],
    handler: async ({ caller, query: { limit, cursor, ...filter } }) => {
      const beforeId = decodeCursor(cursor, UserCursor)?.[0];
      const byEmail = seesEmails(caller.permissions);
      const users = await directory.list(filter, { limit: limit + 1, beforeId, byEmail });
      const now = clock.now();
      return toPage(users, limit, {
        item: (user) => staffUserView(user, caller, now),
        position: ({ id }) => [id],
      });
    },
  });
}

function readUser({ clock, directory }: UserRouteDeps): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/users/{id}',
    access: read,
    summary: 'A user, and the bans they had',
    params,
    example: { params: staffExamples.params },
    responses: {
      200: { description: 'The user', schema: UserWithBans, example: staffExamples.userWithBans },
    },
    errors: [authErrors.userNotFound],
    handler: async ({ caller, params: { id } }) => {
      const { account, bans } = await directory.get(id);
      return { ...staffUserView(account, caller, clock.now()), bans: bans.map(banView) };
    },
  });
}

function assignRoles({ clock, assignment }: UserRouteDeps): Route {
  return defineRoute({
    method: 'PUT',
    path: '/admin/users/{id}/roles',
    access: access.permission('role.assign'),
    stepUp: true,
    summary: 'Give a user other roles',
    description:
      'What the user holds is replaced, from the next request on; `reader` always stays. The caller must hold all that a role permits to give or take it, and takes none from themselves.',
    params,
    body: RolesBody,
    example: { params: staffExamples.params, body: staffExamples.roles },
    responses: { 200: { description: 'The user', schema: UserAnswer, example: staffExamples.assigned } },
    errors: [
      authErrors.userNotFound,
      authErrors.roleUnknown,
      authErrors.permissionNotHeld,
      authErrors.ownRoleKept,
      httpErrors.versionConflict,
    ],
    handler: async (request) => {
      const account = await assignment.assign(request.params.id, request.body, actorOf(request));
      return staffUserView(account, request.caller, clock.now());
    },
  });
}

function setAuthorTier({ clock, assignment }: UserRouteDeps): Route {
  return defineRoute({
    method: 'PUT',
    path: '/admin/users/{id}/author-tier',
    access: access.permission('author.manage'),
    stepUp: true,
    summary: 'Make a user an author of a tier',
    description: 'Gives the role author too. The tier decides the share of what readers pay.',
    params,
    body: AuthorTierBody,
    example: { params: staffExamples.params, body: staffExamples.tier },
    responses: { 200: { description: 'The user', schema: UserAnswer, example: staffExamples.promoted } },
    errors: [authErrors.userNotFound, httpErrors.versionConflict],
    handler: async (request) => {
      const account = await assignment.promote(request.params.id, request.body, actorOf(request));
      return staffUserView(account, request.caller, clock.now());
    },
  });
}
