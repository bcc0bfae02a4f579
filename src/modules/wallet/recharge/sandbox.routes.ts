import Type from 'typebox';
import { access, apiBase, defineRoute, httpErrors, type Route } from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { walletErrors } from '../wallet.errors.js';
import { orderExample, orderId, paySchema } from './recharge.schema.js';
import type { RechargeService } from './recharge.service.js';
import type { SandboxProvider } from './sandbox.provider.js';

interface SandboxDeps {
  readonly recharges: RechargeService;
  readonly sandbox: SandboxProvider;
  readonly clock: Clock;
}

const answerTimeLimitMs = 10_000;

/** The page where a real provider's customer pays. */
export function sandboxRoutes({ recharges, sandbox, clock }: SandboxDeps): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/payments/sandbox/{orderId}/pay',
      access: access.owner('orderId'),
      idempotent: true,
      summary: 'Pay an order in the sandbox',
      description: 'Sends the signed callback to this server over HTTP, as a provider would. No money moves.',
      params: Type.Object({ orderId }),
      example: { params: { orderId: orderExample.id } },
      responses: {
        200: { description: 'The callback was sent', schema: paySchema, example: { outcome: 'credited' } },
      },
      errors: [httpErrors.notFound, walletErrors.callbackUndelivered],
      handler: async ({ caller, params, once, socket }) => {
        const { id, amountFen } = await recharges.read(caller.userId, params.orderId);
        const notice = { paymentId: `sandbox-${id}`, orderId: id, amountFen };
        return once.effect({ name: 'pay-in-sandbox', limitSeconds: 30 }, () =>
          send(
            `${ownAddress(socket)}${apiBase}/payments/sandbox/callback`,
            sandbox.callbackFor(notice, clock.now()),
          ),
        );
      },
    }),
  ];
}

/** This server, by the very address at which the request reached it. */
function ownAddress({
  localAddress = '127.0.0.1',
  localPort,
}: {
  localAddress?: string;
  localPort?: number;
}): string {
  return `http://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

async function send(url: string, { body, headers }: { body: string; headers: Record<string, string> }) {
  const signal = AbortSignal.timeout(answerTimeLimitMs);
  const answer = await fetch(url, { method: 'POST', headers, body, signal }).catch((cause: unknown) => {
    throw walletErrors.callbackUndelivered({ cause });
  });
  if (answer.status !== 200)
    throw walletErrors.callbackUndelivered({ internal: `answered ${answer.status}` });
  const { outcome } = (await answer.json()) as { outcome: string };
  return { outcome };
}
