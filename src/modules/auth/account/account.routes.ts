import { access, type Caller, defineRoute, httpErrors, type Route } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import { examples } from '../auth.examples.js';
import {
  JwksAnswer,
  MeAnswer,
  ProfileBody,
  publicBodyLimitBytes,
  RegisterAnswer,
  RegisterBody,
} from '../auth.schema.js';
import { userView } from '../auth.views.js';
import type { SessionService } from '../session/session.service.js';
import { sessionView } from '../session/session.views.js';
import type { KeyRing } from '../token/key-ring.js';
import type { AccountService } from './account.service.js';
import type { ProfileService } from './profile.service.js';

interface AccountRouteDeps {
  readonly accounts: AccountService;
  readonly sessions: SessionService;
  readonly keys: KeyRing;
  readonly profiles: ProfileService;
}

export function accountRoutes(deps: AccountRouteDeps): Route[] {
  return [...openRoutes(deps), ...ownAccountRoutes(deps)];
}

function openRoutes({ accounts, keys }: AccountRouteDeps): Route[] {
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
        authErrors.clientLeft,
      ],
      handler: async (request, reply) => {
        const account = await accounts.register(request.body, request.abandoned);
        reply.code(201).header('location', '/api/v1/auth/me');
        return { user: userView(account) };
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

function ownAccountRoutes({ sessions, profiles }: AccountRouteDeps): Route[] {
  const me = async ({ sessionId, roles, permissions }: Caller) => {
    const { account, session } = await sessions.describe(sessionId);
    return {
      user: userView(account),
      roles: [...roles],
      permissions: [...permissions],
      authorTier: account.authorTier ?? null,
      session: sessionView(session, sessionId),
    };
  };
  return [
    defineRoute({
      method: 'GET',
      path: '/auth/me',
      access: access.user,
      summary: 'Who am I',
      description: 'The signed-in user with the roles, permissions and session of this request.',
      responses: { 200: { description: 'The user', schema: MeAnswer, example: examples.me } },
      handler: ({ caller }) => me(caller),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/auth/me',
      access: access.user,
      summary: 'Change what others see of me',
      description:
        'Changes what is named and nothing else. Another e-mail address needs a step-up where there is a second factor, and is verified by the link mailed to it; the one from before is told.',
      body: ProfileBody,
      example: { body: examples.profile },
      responses: { 200: { description: 'The user', schema: MeAnswer, example: examples.me } },
      errors: [
        authErrors.nicknameInvalid,
        authErrors.localeInvalid,
        authErrors.emailInvalid,
        authErrors.emailTaken,
        authErrors.linkTooOften,
        httpErrors.stepUpRequired,
        httpErrors.versionConflict,
      ],
      handler: async ({ caller, body }) => {
        if (body.email !== undefined && caller.secondFactor === 'stale') throw httpErrors.stepUpRequired();
        await profiles.edit(caller.userId, body);
        return me(caller);
      },
    }),
  ];
}
