import { actorOf } from '../../../platform/audit/index.js';
import {
  access,
  decodeCursor,
  defineRoute,
  httpErrors,
  pageOf,
  type Route,
  toPage,
} from '../../../platform/http/index.js';
import { walletErrors } from '../wallet.errors.js';
import type { WithdrawalAct } from './withdrawal.domain.js';
import {
  reasonBody,
  reviewExample,
  reviewQuery,
  reviewSchema,
  withdrawalCursor,
  withdrawalExample,
  withdrawalParams,
  withdrawalSchema,
} from './withdrawal.schema.js';
import type { Reviewer, WithdrawalService } from './withdrawal.service.js';
import { withdrawalView } from './withdrawal.views.js';

const review = access.permission('withdraw.review');

/** What reviewers do. */
export function reviewRoutes(withdrawals: WithdrawalService): Route[] {
  return [
    listForReview(withdrawals),
    actRoute(withdrawals, 'approve', 'Approve a withdrawal', [walletErrors.withdrawalSameReviewer]),
    actRoute(withdrawals, 'paid', 'Say that a withdrawal was paid out', [
      walletErrors.withdrawalTooEarly,
      walletErrors.walletLocked,
    ]),
    reasonedRoute(withdrawals, 'reject', 'Reject a withdrawal'),
    reasonedRoute(withdrawals, 'failed', 'Say that a withdrawal could not be paid out'),
  ];
}

function listForReview(withdrawals: WithdrawalService): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/withdrawals',
    access: review,
    summary: 'List withdrawals with their payout accounts, the newest first',
    query: reviewQuery,
    example: { query: { status: 'pending' } },
    responses: {
      200: {
        description: 'A page of them',
        schema: pageOf(reviewSchema),
        example: { items: [reviewExample], nextCursor: null },
      },
    },
    errors: [httpErrors.invalidCursor],
    handler: async ({ query: { limit, cursor, status } }) => {
      const beforeId = decodeCursor(cursor, withdrawalCursor)?.[0];
      const found = await withdrawals.listForReview(status, { limit: limit + 1, beforeId });
      return toPage(found, limit, {
        item: ({ order, account }) => ({
          ...withdrawalView(order),
          userId: order.userId,
          account: { type: order.accountType, ...account },
        }),
        position: ({ order }) => [order.id],
      });
    },
  });
}

const answers = {
  200: { description: 'The order now', schema: withdrawalSchema, example: withdrawalExample },
};
const common = [httpErrors.notFound, walletErrors.withdrawalState, walletErrors.withdrawalOwn];

function actRoute(
  withdrawals: WithdrawalService,
  act: Extract<WithdrawalAct, 'approve' | 'paid'>,
  summary: string,
  errors: NonNullable<Route['errors']>,
): Route {
  return defineRoute({
    method: 'POST',
    path: `/admin/withdrawals/{id}/${act}`,
    access: review,
    stepUp: true,
    idempotent: true,
    summary,
    params: withdrawalParams,
    example: { params: { id: withdrawalExample.id } },
    responses: answers,
    errors: [...common, ...errors],
    handler: (request) => {
      const { params, once } = request;
      return withdrawals.review(params.id, act, null, { actor: actorOf(request), once } as Reviewer);
    },
  });
}

function reasonedRoute(
  withdrawals: WithdrawalService,
  act: Extract<WithdrawalAct, 'reject' | 'failed'>,
  summary: string,
): Route {
  return defineRoute({
    method: 'POST',
    path: `/admin/withdrawals/{id}/${act}`,
    access: review,
    stepUp: true,
    idempotent: true,
    summary,
    description: 'The coins go back to the author’s earnings.',
    params: withdrawalParams,
    body: reasonBody,
    example: { params: { id: withdrawalExample.id }, body: { reason: '账户信息有误' } },
    responses: answers,
    errors: common,
    handler: (request) => {
      const { params, body, once } = request;
      return withdrawals.review(params.id, act, body.reason, { actor: actorOf(request), once } as Reviewer);
    },
  });
}
