import { access, defineRoute, type Route } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import { examples } from '../auth.examples.js';
import { LoginBody, publicBodyLimitBytes, SignedInAnswer } from '../auth.schema.js';
import { signedInView } from '../auth.views.js';
import type { SignInService } from './sign-in.service.js';
import { signInRefusals } from './sign-in-refusals.js';

export function signInRoutes(signIn: SignInService): Route[] {
  const signedIn = { schema: SignedInAnswer, example: examples.signedIn };
  return [
    defineRoute({
      method: 'POST',
      path: '/auth/login',
      access: access.public,
      rateLimit: 'sign-in',
      summary: 'Sign in',
      description:
        'Opens a session. A live session of the user on the same device is replaced; at the limit another one is evicted, or the answer is 409 with the sessions to choose `endSessionId` from. Five failures within 15 minutes lock the account, twenty the address: then 429 until `retryAt`, whatever the password.',
      body: LoginBody,
      bodyLimitBytes: publicBodyLimitBytes,
      example: { body: examples.login },
      responses: { 200: { description: 'The tokens of the new session', ...signedIn } },
      errors: [
        authErrors.invalidCredentials,
        ...signInRefusals,
        authErrors.passwordHashingBusy,
        authErrors.clientLeft,
      ],
      handler: async ({ body, ip, abandoned }, reply) => {
        const answer = await signIn.login({ ...body, address: ip, signal: abandoned });
        reply.header('cache-control', 'no-store');
        return signedInView(answer);
      },
    }),
  ];
}
