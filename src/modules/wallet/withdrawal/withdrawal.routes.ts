import {
  access,
  decodeCursor,
  defineRoute,
  httpErrors,
  pageOf,
  pageQuery,
  type Route,
  toPage,
} from '../../../platform/http/index.js';
import { walletErrors } from '../wallet.errors.js';
import {
  withdrawalBody,
  withdrawalBodyExample,
  withdrawalCursor,
  withdrawalExample,
  withdrawalParams,
  withdrawalSchema,
} from './withdrawal.schema.js';
import type { WithdrawalService } from './withdrawal.service.js';
import { withdrawalView } from './withdrawal.views.js';

/** What authors do. */
export function withdrawalRoutes(withdrawals: WithdrawalService): Route[] {
  return [requestWithdrawal(withdrawals), listOwn(withdrawals), cancelWithdrawal(withdrawals)];
}

function requestWithdrawal(withdrawals: WithdrawalService): Route {
  return defineRoute({
    method: 'POST',
    path: '/wallet/withdrawals',
    access: access.user,
    idempotent: true,
    summary: 'Ask for a withdrawal of my earnings',
    description: 'For authors. The coins are set aside until it is paid or ended.',
    body: withdrawalBody,
    example: { body: withdrawalBodyExample },
    responses: { 201: { description: 'The order', schema: withdrawalSchema, example: withdrawalExample } },
    errors: [
      walletErrors.authorsOnly,
      walletErrors.amountInvalid,
      walletErrors.insufficientBalance,
      walletErrors.walletLocked,
    ],
    handler: ({ caller, body, once }) => withdrawals.request(caller.userId, body, once),
  });
}

function listOwn(withdrawals: WithdrawalService): Route {
  return defineRoute({
    method: 'GET',
    path: '/wallet/withdrawals',
    access: access.user,
    summary: 'List my withdrawals, the newest first',
    query: pageQuery(),
    responses: {
      200: {
        description: 'A page of them',
        schema: pageOf(withdrawalSchema),
        example: { items: [withdrawalExample], nextCursor: null },
      },
    },
    errors: [httpErrors.invalidCursor],
    handler: async ({ caller, query: { limit, cursor } }) => {
      const beforeId = decodeCursor(cursor, withdrawalCursor)?.[0];
      const orders = await withdrawals.list(caller.userId, { limit: limit + 1, beforeId });
      return toPage(orders, limit, { item: withdrawalView, position: ({ id }) => [id] });
    },
  });
}

function cancelWithdrawal(withdrawals: WithdrawalService): Route {
  return defineRoute({
    method: 'DELETE',
    path: '/wallet/withdrawals/{id}',
    access: access.owner('id'),
    summary: 'Cancel a withdrawal before its review',
    params: withdrawalParams,
    example: { params: { id: withdrawalExample.id } },
    responses: { 204: { description: 'The coins are back' } },
    errors: [httpErrors.notFound, walletErrors.withdrawalState],
    handler: async ({ caller, params }) => void (await withdrawals.cancel(caller.userId, params.id)),
  });
}
