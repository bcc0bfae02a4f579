import { access, defineRoute, preferredLanguage, type Route } from '../../../platform/http/index.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import { examples } from '../auth.examples.js';
import { publicBodyLimitBytes, SignedInAnswer } from '../auth.schema.js';
import { signedInView } from '../auth.views.js';
import { signInRefusals } from '../login/sign-in-refusals.js';
import {
  BindPhoneBody,
  BoundPhone,
  PhoneCodeAnswer,
  PhoneCodeBody,
  PhoneLoginBody,
  UnbindPhoneBody,
} from './phone.schema.js';
import type { PhoneService } from './phone.service.js';
import type { PhoneSignInService } from './phone-sign-in.service.js';

interface PhoneRouteDeps {
  readonly phones: PhoneService;
  readonly phoneSignIn: PhoneSignInService;
  readonly config: AuthConfig['phone'];
}

const phone = '+8613800138000';
const code = '204816';
const localeOf = ({
  headers,
}: {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}) => preferredLanguage(headers['accept-language'] as string | undefined, 'zh-CN');

export function phoneRoutes(deps: PhoneRouteDeps): Route[] {
  return [codeRoute(deps), loginRoute(deps), ...ownPhoneRoutes(deps)];
}

function codeRoute({ phones, config }: PhoneRouteDeps): Route {
  const answer = { expiresIn: config.codeTtlSeconds, retryAfter: config.resendSeconds };
  return defineRoute({
    method: 'POST',
    path: '/auth/phone/code',
    access: access.public,
    rateLimit: 'sign-in',
    summary: 'Send a code to a phone',
    description:
      'Six digits, good once and for five minutes, in place of the last ones. The answer is the same whether or not anybody has this phone.',
    body: PhoneCodeBody,
    bodyLimitBytes: publicBodyLimitBytes,
    example: { body: { phone } },
    responses: {
      202: {
        description: 'It was handed over to be sent',
        schema: PhoneCodeAnswer,
        example: { expiresIn: 300, retryAfter: 60 },
      },
    },
    errors: [authErrors.phoneInvalid, authErrors.phoneCodeLimited, authErrors.phoneCodesUnavailable],
    handler: async ({ body, ip, headers }, reply) => {
      const { phone: typed, purpose = 'sign-in' } = body;
      await phones.sendCode({ phone: typed, purpose, locale: localeOf({ headers }), address: ip });
      reply.code(202);
      return answer;
    },
  });
}

function loginRoute({ phoneSignIn }: PhoneRouteDeps): Route {
  return defineRoute({
    method: 'POST',
    path: '/auth/phone/login',
    access: access.public,
    rateLimit: 'sign-in',
    summary: 'Sign in with a phone',
    description:
      'With a code that was sent to it. A phone that nobody has opens an account that has no password. Failures count and lock as those of passwords do.',
    body: PhoneLoginBody,
    bodyLimitBytes: publicBodyLimitBytes,
    example: { body: { phone, code, device: examples.login.device } },
    responses: {
      200: {
        description: 'The tokens of the new session',
        schema: SignedInAnswer,
        example: examples.signedIn,
      },
    },
    errors: [
      authErrors.phoneInvalid,
      authErrors.phoneCodeInvalid,
      ...signInRefusals,
      authErrors.phoneCodesUnavailable,
    ],
    handler: async ({ body, ip, headers }, reply) => {
      const answer = await phoneSignIn.login({ ...body, address: ip, locale: localeOf({ headers }) });
      reply.header('cache-control', 'no-store');
      return signedInView(answer);
    },
  });
}

function ownPhoneRoutes({ phones }: PhoneRouteDeps): Route[] {
  const bound = { schema: BoundPhone, example: { phone } };
  return [
    defineRoute({
      method: 'GET',
      path: '/auth/phone',
      access: access.user,
      summary: 'My phone',
      responses: { 200: { description: 'The phone, or null', ...bound } },
      handler: async ({ caller }) => ({ phone: (await phones.phoneOf(caller.userId)) ?? null }),
    }),
    defineRoute({
      method: 'PUT',
      path: '/auth/phone',
      access: access.user,
      summary: 'Give my account a phone',
      description:
        'With a code of purpose `bind`. Repeated with the phone that the account has, it changes nothing.',
      body: BindPhoneBody,
      bodyLimitBytes: publicBodyLimitBytes,
      example: { body: { phone, code } },
      responses: { 200: { description: 'The phone of the account', ...bound } },
      errors: [
        authErrors.phoneInvalid,
        authErrors.phoneCodeWrong,
        authErrors.phoneTaken,
        authErrors.phoneAlreadyBound,
        authErrors.phoneCodesUnavailable,
      ],
      handler: async ({ caller, body }) => ({
        phone: await phones.bind(caller.userId, body.phone, body.code),
      }),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/auth/phone',
      access: access.user,
      summary: 'Take the phone from my account',
      description:
        'With a code of purpose `unbind` that was sent to it. An account without a password keeps it.',
      body: UnbindPhoneBody,
      bodyLimitBytes: publicBodyLimitBytes,
      example: { body: { code } },
      responses: { 204: { description: 'The account has no phone' } },
      errors: [
        authErrors.phoneCodeWrong,
        authErrors.phoneNotBound,
        authErrors.phoneIsOnlyLogin,
        authErrors.phoneCodesUnavailable,
      ],
      handler: async ({ caller, body }, reply) => {
        await phones.unbind(caller.userId, body.code);
        return reply.code(204).send();
      },
    }),
  ];
}
