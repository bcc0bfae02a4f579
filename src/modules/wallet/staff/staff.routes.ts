import { actorOf } from '../../../platform/audit/index.js';
import { access, defineRoute, httpErrors, type Route } from '../../../platform/http/index.js';
import { walletErrors } from '../wallet.errors.js';
import {
  adjustBody,
  adjustBodyExample,
  adjustExample,
  adjustSchema,
  exampleId,
  lockSchema,
  refundBody,
  refundBodyExample,
  refundExample,
  refundSchema,
  transactionParams,
  userParams,
} from './staff.schema.js';
import type { StaffService } from './staff.service.js';

const manage = access.permission('wallet.manage');
const denials = [
  httpErrors.notFound,
  walletErrors.amountInvalid,
  walletErrors.insufficientBalance,
  walletErrors.walletLocked,
];

export function staffRoutes(staff: StaffService): Route[] {
  return [refundRoute(staff), adjustRoute(staff), lockRoute(staff, true), lockRoute(staff, false)];
}

function refundRoute(staff: StaffService): Route {
  return defineRoute({
    method: 'POST',
    path: '/admin/wallet/transactions/{id}/refund',
    access: manage,
    stepUp: true,
    idempotent: true,
    summary: 'Give a part of a spending or a recharge back',
    description:
      'A spending: never its bonus coins; the author’s share is taken back. A recharge: money, less the bonus that was spent.',
    params: transactionParams,
    body: refundBody,
    example: { params: { id: exampleId }, body: refundBodyExample },
    responses: { 200: { description: 'The refund', schema: refundSchema, example: refundExample } },
    errors: denials,
    handler: (request) =>
      staff.refund(request.params.id, request.body, { actor: actorOf(request), once: request.once }),
  });
}

function adjustRoute(staff: StaffService): Route {
  return defineRoute({
    method: 'POST',
    path: '/admin/wallets/{userId}/adjust',
    access: manage,
    stepUp: true,
    idempotent: true,
    summary: 'Give a user bonus coins, or take coins',
    params: userParams,
    body: adjustBody,
    example: { params: { userId: exampleId }, body: adjustBodyExample },
    responses: { 200: { description: 'What was moved', schema: adjustSchema, example: adjustExample } },
    errors: denials,
    handler: (request) =>
      staff.adjust(request.params.userId, request.body, { actor: actorOf(request), once: request.once }),
  });
}

function lockRoute(staff: StaffService, locked: boolean): Route {
  return defineRoute({
    method: 'POST',
    path: `/admin/wallets/{userId}/${locked ? 'lock' : 'unlock'}`,
    access: manage,
    stepUp: true,
    idempotent: true,
    summary: locked ? 'Lock a wallet: nothing moves out of it' : 'Unlock a wallet',
    params: userParams,
    example: { params: { userId: exampleId } },
    responses: {
      200: { description: 'How it is now', schema: lockSchema, example: { userId: exampleId, locked } },
    },
    errors: [httpErrors.notFound],
    handler: (request) =>
      staff.setLocked(request.params.userId, locked, { actor: actorOf(request), once: request.once }),
  });
}
