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
import { SessionCursor, SessionPage, SessionPageQuery } from '../auth.schema.js';
import { sessionView } from '../session/session.views.js';
import type { BanService } from './ban.service.js';
import type { ForcedLogoutService } from './forced-logout.service.js';
import { staffExamples } from './staff.examples.js';
import { BanBody, EndedAnswer, ForceLogoutBody, UnbanBody, UserAnswer, UserParams } from './staff.schema.js';
import { staffUserView } from './staff.views.js';
import type { UserDirectoryService } from './user-directory.service.js';

interface BanRouteDeps {
  readonly clock: Clock;
  readonly directory: UserDirectoryService;
  readonly bans: BanService;
  readonly forcedLogout: ForcedLogoutService;
}

const ban = access.permission('user.ban');
const manage = access.permission('session.manage');
const params = UserParams;

export function banRoutes(deps: BanRouteDeps): Route[] {
  return [banUser(deps), unbanUser(deps), listSessions(deps), forceLogout(deps)];
}

function banUser({ clock, bans }: BanRouteDeps): Route {
  return defineRoute({
    method: 'POST',
    path: '/admin/users/{id}/ban',
    access: ban,
    stepUp: true,
    summary: 'Ban a user',
    description:
      'Ends all sessions at once. The user is told the reason and the end; at `until` the ban is over by itself. A user who is banned already is unbanned first.',
    params,
    body: BanBody,
    example: { params: staffExamples.params, body: staffExamples.ban },
    responses: { 200: { description: 'The user', schema: UserAnswer, example: staffExamples.banned } },
    errors: [
      authErrors.userNotFound,
      authErrors.banEndPast,
      authErrors.ownBan,
      authErrors.staffProtected,
      authErrors.alreadyBanned,
    ],
    handler: async (request) => {
      const { reason, until } = request.body;
      const order = { reason, until: until === undefined ? undefined : new Date(until) };
      const account = await bans.ban(request.params.id, order, actorOf(request));
      return staffUserView(account, request.caller, clock.now());
    },
  });
}

function unbanUser({ clock, bans }: BanRouteDeps): Route {
  return defineRoute({
    method: 'POST',
    path: '/admin/users/{id}/unban',
    access: ban,
    stepUp: true,
    summary: 'Lift a ban',
    description: 'The user may sign in again; the sessions that the ban ended stay so.',
    params,
    body: UnbanBody,
    example: { params: staffExamples.params, body: staffExamples.unban },
    responses: { 200: { description: 'The user', schema: UserAnswer, example: staffExamples.unbanned } },
    errors: [authErrors.userNotFound, authErrors.staffProtected, authErrors.notBanned],
    handler: async (request) => {
      const account = await bans.unban(request.params.id, request.body?.reason, actorOf(request));
      return staffUserView(account, request.caller, clock.now());
    },
  });
}

function listSessions({ directory }: BanRouteDeps): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/users/{id}/sessions',
    access: manage,
    summary: 'The live sessions of a user',
    params,
    query: SessionPageQuery,
    example: { params: staffExamples.params },
    responses: {
      200: { description: 'A page of sessions', schema: SessionPage, example: staffExamples.sessions },
    },
    errors: [authErrors.userNotFound, httpErrors.invalidCursor],
    handler: async ({ caller, params: { id }, query }) => {
      const cursor = decodeCursor(query.cursor, SessionCursor);
      const after = cursor && { lastSeenAt: new Date(cursor[0]), id: cursor[1] };
      const sessions = await directory.sessionsOf(id, query.limit, after);
      return toPage(sessions, query.limit, {
        item: (session) => sessionView(session, caller.sessionId),
        position: ({ lastSeenAt, id: sessionId }) => [lastSeenAt.toISOString(), sessionId],
      });
    },
  });
}

function forceLogout({ forcedLogout }: BanRouteDeps): Route {
  return defineRoute({
    method: 'POST',
    path: '/admin/users/{id}/force-logout',
    access: manage,
    summary: 'Sign a user out',
    description:
      'Ends one live session, or all of them when none is named, or refuses one access token by its `jti` and ends none. Repeated it ends none: `ended` is 0.',
    params,
    body: ForceLogoutBody,
    example: { params: staffExamples.params, body: staffExamples.forceLogout },
    responses: {
      200: { description: 'How many sessions ended', schema: EndedAnswer, example: staffExamples.ended },
    },
    errors: [authErrors.userNotFound],
    handler: async (request) => {
      const ended = await forcedLogout.force(request.params.id, request.body, actorOf(request));
      return { ended };
    },
  });
}
