import { actorOf } from '../../../platform/audit/index.js';
import { access, defineRoute, type Exports, httpErrors, type Route } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import { publicBodyLimitBytes } from '../auth.schema.js';
import type { PasswordProof } from '../password/password-proof.js';
import { proofErrors } from '../password/proof-errors.js';
import { exportExample, ProofBody } from './closing.schema.js';
import type { ClosingService } from './closing.service.js';

interface ClosingRouteDeps {
  readonly closing: ClosingService;
  readonly proof: PasswordProof;
  readonly exports: Exports;
  readonly exportOf: (userId: string) => AsyncGenerator<string>;
}

export function closingRoutes({ closing, proof, exports, exportOf }: ClosingRouteDeps): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/auth/export',
      access: access.user,
      rateLimit: 'export',
      summary: 'All that is kept about me',
      description:
        'One JSON document of everything the platform keeps about the signed-in user. An answer that breaks off is ' +
        'incomplete: ask again.',
      body: ProofBody,
      bodyLimitBytes: publicBodyLimitBytes,
      example: { body: { password: 'zang-hua-yin-27' } },
      responses: {
        200: { description: 'The document', media: { type: 'application/json', example: exportExample } },
      },
      errors: [...proofErrors, httpErrors.exportsBusy],
      handler: async ({ caller, body }, reply) => {
        await proof.verify(caller, body.password);
        const document = await exports.open(exportOf(caller.userId));
        return reply
          .type('application/json; charset=utf-8')
          .header('content-disposition', 'attachment; filename="qingyu-account.json"')
          .header('cache-control', 'no-store')
          .send(document);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/close',
      access: access.user,
      rateLimit: 'sign-in',
      summary: 'Close my account',
      description:
        'Erases what names the user and ends all sessions, for good. Bookings and sealed records stay, under an id that ' +
        'is nobody’s any more; so do published books. Coins and memberships are lost.',
      body: ProofBody,
      bodyLimitBytes: publicBodyLimitBytes,
      example: { body: { password: 'zang-hua-yin-27' } },
      responses: { 204: { description: 'Closed' } },
      errors: [...proofErrors, authErrors.staffCannotClose, authErrors.accountInUse],
      handler: async (request, reply) => {
        const { userId, sessionId } = request.caller;
        const { password } = request.body;
        await closing.close({ userId, sessionId, password, actor: actorOf(request) });
        return reply.code(204).send();
      },
    }),
  ];
}
