import { actorOf } from '../../../platform/audit/index.js';
import { access, defineRoute, type Route } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import { publicBodyLimitBytes as bodyLimitBytes } from '../auth.schema.js';
import {
  AcceptedAnswer,
  passwordExamples as examples,
  IssueResetAnswer,
  IssueResetBody,
  IssueResetParams,
  PasswordChangeBody,
  PasswordForgotBody,
  PasswordResetBody,
} from './password.schema.js';
import type { PasswordService } from './password.service.js';

const policyErrors = [
  authErrors.passwordLength,
  authErrors.passwordSimple,
  authErrors.passwordCommon,
  authErrors.passwordIsUsername,
  authErrors.passwordHashingBusy,
];

export function passwordRoutes(passwords: PasswordService): Route[] {
  return [...ownPasswordRoutes(passwords), issueResetRoute(passwords)];
}

function ownPasswordRoutes(passwords: PasswordService): Route[] {
  return [
    defineRoute({
      method: 'PUT',
      path: '/auth/password',
      access: access.user,
      summary: 'Change my password',
      description: 'Every other session of mine ends; this one goes on.',
      body: PasswordChangeBody,
      bodyLimitBytes,
      example: { body: examples.change },
      responses: { 204: { description: 'Changed' } },
      errors: [authErrors.passwordWrong, authErrors.confirmationLocked, ...policyErrors],
      handler: async ({ caller, body }, reply) => {
        await passwords.change(caller, body.current, body.next);
        return reply.code(204).send();
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/password/forgot',
      access: access.public,
      rateLimit: 'sign-in',
      summary: 'Ask for a link that resets a password',
      description:
        'The answer is the same whoever asks. A link is mailed where the account has a verified address; without one the staff helps.',
      body: PasswordForgotBody,
      bodyLimitBytes,
      example: { body: examples.forgot },
      responses: {
        202: { description: 'Taken note of', schema: AcceptedAnswer, example: examples.accepted },
      },
      handler: async ({ body }) => {
        await passwords.forgot(body.login);
        return { accepted: true as const };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/password/reset',
      access: access.public,
      rateLimit: 'sign-in',
      summary: 'Set a password by a link',
      description: 'Every session ends. Sign in afterwards, with the second factor where there is one.',
      body: PasswordResetBody,
      bodyLimitBytes,
      example: { body: examples.reset },
      responses: { 204: { description: 'Set; the link is spent' } },
      errors: [authErrors.linkInvalid, ...policyErrors],
      handler: async ({ body }, reply) => {
        await passwords.reset(body.token, body.password);
        return reply.code(204).send();
      },
    }),
  ];
}

function issueResetRoute(passwords: PasswordService): Route {
  return defineRoute({
    method: 'POST',
    path: '/admin/users/{id}/password-reset',
    access: access.permission('user.manage'),
    stepUp: true,
    summary: 'A link that resets the password of a user',
    description:
      'For users whom no mail reaches: hand it over after you have made sure who they are. Links from before are void.',
    params: IssueResetParams,
    body: IssueResetBody,
    example: { params: examples.issueParams, body: examples.issue },
    responses: {
      200: { description: 'The link, shown this once', schema: IssueResetAnswer, example: examples.issued },
    },
    errors: [authErrors.userNotFound, authErrors.resetNotAllowed],
    handler: async (request, reply) => {
      const { params, body } = request;
      const issued = await passwords.issueReset(params.id, actorOf(request), body.reason);
      const { url, token, expiresAt } = issued;
      reply.header('cache-control', 'no-store');
      return { url, token, expiresAt: expiresAt.toISOString() };
    },
  });
}
