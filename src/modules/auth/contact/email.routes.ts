import Type from 'typebox';
import { access, defineRoute, type Route } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import { examples as authExamples } from '../auth.examples.js';
import { publicBodyLimitBytes as bodyLimitBytes, User } from '../auth.schema.js';
import { userView } from '../auth.views.js';
import { AcceptedAnswer, linkToken, passwordExamples, proofPassword } from '../password/password.schema.js';
import { proofErrors } from '../password/proof-errors.js';
import type { EmailService } from './email.service.js';

const EmailBody = Type.Object({
  email: Type.String({ maxLength: 256, description: 'Unique without case' }),
  password: proofPassword,
});
const VerifyBody = Type.Object({ token: linkToken });
const EmailAnswer = Type.Object({ user: User });

const examples = {
  change: { email: 'daiyu@example.com', password: 'zang-hua-yin-27' },
  verify: { token: passwordExamples.reset.token },
};

export function emailRoutes(emails: EmailService): Route[] {
  return [
    defineRoute({
      method: 'PUT',
      path: '/auth/email',
      access: access.user,
      summary: 'Change my e-mail address',
      description:
        'It counts as verified once the link opens that is mailed to it. The address from before is told.',
      body: EmailBody,
      bodyLimitBytes,
      example: { body: examples.change },
      responses: {
        200: { description: 'The user', schema: EmailAnswer, example: authExamples.registered },
      },
      errors: [authErrors.emailInvalid, authErrors.emailTaken, ...proofErrors, authErrors.linkTooOften],
      handler: async ({ caller, body }) => ({
        user: userView(await emails.change(caller, body.email, body.password)),
      }),
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/email/verification',
      access: access.user,
      summary: 'Mail the verification link again',
      responses: {
        202: {
          description: 'It is on its way',
          schema: AcceptedAnswer,
          example: passwordExamples.accepted,
        },
      },
      errors: [authErrors.emailMissing, authErrors.emailVerifiedAlready, authErrors.linkTooOften],
      handler: async ({ caller }) => {
        await emails.sendAgain(caller.userId);
        return { accepted: true as const };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/email/verify',
      access: access.public,
      rateLimit: 'sign-in',
      summary: 'Verify an e-mail address by the mailed link',
      body: VerifyBody,
      bodyLimitBytes,
      example: { body: examples.verify },
      responses: { 204: { description: 'The address is verified' } },
      errors: [authErrors.linkInvalid],
      handler: async ({ body }, reply) => {
        await emails.verify(body.token);
        return reply.code(204).send();
      },
    }),
  ];
}
