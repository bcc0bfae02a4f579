import { access, defineRoute, type Route } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import { examples } from '../auth.examples.js';
import { JwksAnswer, MeAnswer, publicBodyLimitBytes, RegisterAnswer, RegisterBody } from '../auth.schema.js';
import { userView } from '../auth.views.js';
import type { SessionService } from '../session/session.service.js';
import { sessionView } from '../session/session.views.js';
import type { KeyRing } from '../token/key-ring.js';
import type { AccountService } from './account.service.js';

interface AccountRouteDeps {
  readonly accounts: AccountService;
  readonly sessions: SessionService;
  readonly keys: KeyRing;
}

export function accountRoutes({ accounts, sessions, keys }: AccountRouteDeps): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/auth/register',
      access: access.public,
      rateLimit: 'sign-in',
      summary: 'Register',
      description: 'Makes an account. It holds the role reader; nobody can choose a role.',
      body: RegisterBody,
      bodyLimitBytes: publicBodyLimitBytes,
      example: { body: examples.register },
      responses: {
        201: { description: 'The new user', schema: RegisterAnswer, example: examples.registered },
      },
      errors: [
        authErrors.usernameInvalid,
        authErrors.usernameReserved,
        authErrors.usernameTaken,
        authErrors.emailInvalid,
        authErrors.emailTaken,
        authErrors.passwordLength,
        authErrors.passwordSimple,
        authErrors.passwordCommon,
        authErrors.passwordIsUsername,
        authErrors.passwordHashingBusy,
      ],
      handler: async (request, reply) => {
        const account = await accounts.register(request.body);
        reply.code(201).header('location', '/api/v1/auth/me');
        return { user: userView(account) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/auth/me',
      access: access.user,
      summary: 'Who am I',
      description: 'The signed-in user with the roles, permissions and session of this request.',
      responses: { 200: { description: 'The user', schema: MeAnswer, example: examples.me } },
      handler: async ({ caller }) => {
        const { account, session } = await sessions.describe(caller.sessionId);
        return {
          user: userView(account),
          roles: [...caller.roles],
          permissions: [...caller.permissions],
          authorTier: account.authorTier ?? null,
          session: sessionView(session, caller.sessionId),
        };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/.well-known/jwks.json',
      root: true,
      access: access.public,
      summary: 'Public keys',
      description: 'The keys that access tokens are signed with, for gateways and other services (RFC 7517).',
      responses: { 200: { description: 'The key set', schema: JwksAnswer, example: examples.jwks } },
      handler: async (_request, reply) => {
        reply.header('cache-control', 'public, max-age=300');
        return keys.jwks;
      },
    }),
  ];
}
