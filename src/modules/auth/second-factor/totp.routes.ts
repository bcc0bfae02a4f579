import { access, defineRoute, httpErrors, type Route } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import type { SecondFactorService } from './second-factor.service.js';
import {
  totpExamples as examples,
  RecoveryCodesAnswer,
  StepUpAnswer,
  TotpBody,
  TotpDisableBody,
  TotpSetupAnswer,
  TotpSetupBody,
  TotpStatusAnswer,
} from './totp.schema.js';

const bodyLimitBytes = 4_096;
const noStore = { 'cache-control': 'no-store' };
const codeErrors = [authErrors.totpWrong, authErrors.confirmationLocked];
const passwordErrors = [authErrors.passwordWrong, authErrors.passwordHashingBusy];

export function totpRoutes(secondFactor: SecondFactorService): Route[] {
  return [...setupRoutes(secondFactor), ...ownerRoutes(secondFactor)];
}

function setupRoutes(secondFactor: SecondFactorService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/auth/totp/setup',
      access: access.user,
      summary: 'Set up an authenticator app',
      description:
        'Makes a secret that counts once it is enabled with a code of it. A second factor that is on stays so until then.',
      body: TotpSetupBody,
      bodyLimitBytes,
      example: { body: examples.setup },
      responses: { 200: { description: 'The secret', schema: TotpSetupAnswer, example: examples.pending } },
      errors: [...passwordErrors, authErrors.confirmationLocked, httpErrors.stepUpRequired],
      handler: async ({ caller, body }, reply) => {
        const { secret, uri, expiresAt } = await secondFactor.setUp(caller, body.password);
        reply.headers(noStore);
        return { secret, uri, expiresAt: expiresAt.toISOString() };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/totp/enable',
      access: access.user,
      summary: 'Enable the authenticator app',
      description: 'From now on every sign-in needs a code. Answers the recovery codes, this once.',
      body: TotpBody,
      bodyLimitBytes,
      example: { body: examples.code },
      responses: {
        200: {
          description: 'The recovery codes',
          schema: RecoveryCodesAnswer,
          example: examples.recoveryCodes,
        },
      },
      errors: [...codeErrors, authErrors.totpSetupMissing],
      handler: async ({ caller, body }, reply) => {
        const recoveryCodes = await secondFactor.enable(caller.userId, body.totp);
        reply.headers(noStore);
        return { recoveryCodes };
      },
    }),
  ];
}

function ownerRoutes(secondFactor: SecondFactorService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/auth/totp',
      access: access.user,
      summary: 'My second factor',
      responses: {
        200: { description: 'Whether it is on', schema: TotpStatusAnswer, example: examples.status },
      },
      handler: ({ caller }) => secondFactor.status(caller.userId),
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/totp/disable',
      access: access.user,
      summary: 'Give up the second factor',
      body: TotpDisableBody,
      bodyLimitBytes,
      example: { body: examples.disable },
      responses: { 204: { description: 'It is off, and its recovery codes are void' } },
      errors: [...passwordErrors, ...codeErrors, authErrors.totpOff],
      handler: async ({ caller, body }, reply) => {
        await secondFactor.disable(caller, body.password, body.totp ?? body.recoveryCode ?? '');
        return reply.code(204).send();
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/totp/recovery-codes',
      access: access.user,
      stepUp: true,
      summary: 'New recovery codes',
      description: 'Those from before are void.',
      responses: {
        200: { description: 'The new set', schema: RecoveryCodesAnswer, example: examples.recoveryCodes },
      },
      errors: [authErrors.totpOff],
      handler: async ({ caller }, reply) => {
        const recoveryCodes = await secondFactor.renewRecoveryCodes(caller.userId);
        reply.headers(noStore);
        return { recoveryCodes };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/step-up',
      access: access.user,
      summary: 'Prove the second factor again',
      description: 'For acts on money, roles and bans: this session may do them for a while.',
      body: TotpBody,
      bodyLimitBytes,
      example: { body: examples.code },
      responses: { 200: { description: 'Proved', schema: StepUpAnswer, example: examples.steppedUp } },
      errors: [...codeErrors, authErrors.totpOff],
      handler: async ({ caller, body }) => {
        const validUntil = await secondFactor.stepUp(caller, body.totp);
        return { validUntil: validUntil.toISOString() };
      },
    }),
  ];
}
