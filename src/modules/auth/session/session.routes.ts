import { access, decodeCursor, defineRoute, type Route, toPage } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import { examples } from '../auth.examples.js';
import {
  LogoutAllAnswer,
  LogoutAllBody,
  publicBodyLimitBytes,
  RefreshBody,
  SessionCursor,
  SessionPage,
  SessionPageQuery,
  SessionParams,
  SignedInAnswer,
} from '../auth.schema.js';
import { signedInView } from '../auth.views.js';
import type { SessionService } from './session.service.js';
import { sessionView } from './session.views.js';

export function sessionRoutes(sessions: SessionService): Route[] {
  return [...refreshRoutes(sessions), ...signOutRoutes(sessions), ...ownSessionRoutes(sessions)];
}

function refreshRoutes(sessions: SessionService): Route[] {
  const signedIn = { schema: SignedInAnswer, example: examples.signedIn };
  return [
    defineRoute({
      method: 'POST',
      path: '/auth/refresh',
      access: access.public,
      summary: 'Refresh the tokens',
      description:
        'Spends a refresh token for the next one. Repeated within 10 s it answers the same successor; an older one ends the session.',
      body: RefreshBody,
      bodyLimitBytes: publicBodyLimitBytes,
      example: { body: examples.refresh },
      responses: { 200: { description: 'The next tokens of the session', ...signedIn } },
      errors: [
        authErrors.tokenInvalid,
        authErrors.refreshReused,
        authErrors.sessionExpired,
        authErrors.sessionLoggedOut,
        authErrors.sessionEvicted,
        authErrors.sessionRevoked,
        authErrors.accountBanned,
      ],
      handler: async ({ body }, reply) => {
        const answer = await sessions.refresh(body.refreshToken);
        reply.header('cache-control', 'no-store');
        return signedInView(answer);
      },
    }),
  ];
}

function signOutRoutes(sessions: SessionService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/auth/logout',
      access: access.user,
      summary: 'Sign out',
      description: 'Ends the session of this request; its access token is refused from now on.',
      responses: { 204: { description: 'Signed out' } },
      handler: async ({ caller }, reply) => {
        await sessions.end(caller.userId, caller.sessionId);
        return reply.code(204).send();
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/logout-all',
      access: access.user,
      summary: 'Sign out everywhere',
      description: 'Ends every live session of the signed-in user, or every other one.',
      body: LogoutAllBody,
      example: { body: examples.logoutAll },
      responses: {
        200: { description: 'How many ended', schema: LogoutAllAnswer, example: examples.loggedOutAll },
      },
      handler: async ({ caller, body }) => {
        const exceptCurrent = body?.exceptCurrent ?? false;
        return { ended: await sessions.endAll(caller.userId, caller.sessionId, { exceptCurrent }) };
      },
    }),
  ];
}

function ownSessionRoutes(sessions: SessionService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/auth/sessions',
      access: access.user,
      summary: 'My sessions',
      description: 'The live sessions of the signed-in user, last used first.',
      query: SessionPageQuery,
      responses: {
        200: { description: 'A page of sessions', schema: SessionPage, example: examples.sessions },
      },
      handler: async ({ caller, query }) => {
        const cursor = decodeCursor(query.cursor, SessionCursor);
        const after = cursor && { lastSeenAt: new Date(cursor[0]), id: cursor[1] };
        const rows = await sessions.list(caller.userId, query.limit, after);
        return toPage(rows, query.limit, {
          item: (session) => sessionView(session, caller.sessionId),
          position: ({ lastSeenAt, id }) => [lastSeenAt.toISOString(), id],
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/auth/sessions/{id}',
      access: access.owner('id'),
      summary: 'End one of my sessions',
      description: 'Signs out another device, or this one.',
      params: SessionParams,
      example: { params: examples.sessionParams },
      responses: { 204: { description: 'Ended' } },
      errors: [authErrors.sessionNotFound],
      handler: async ({ caller, params }, reply) => {
        const ended = await sessions.end(caller.userId, params.id, caller.sessionId);
        if (!ended) throw authErrors.sessionNotFound();
        return reply.code(204).send();
      },
    }),
  ];
}
