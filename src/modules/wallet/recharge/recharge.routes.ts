import Type from 'typebox';
import { access, defineRoute, httpErrors, type Route } from '../../../platform/http/index.js';
import { walletErrors } from '../wallet.errors.js';
import {
  callbackParams,
  callbackSchema,
  orderBody,
  orderBodyExample,
  orderExample,
  orderId,
  orderSchema,
  tiersExample,
  tiersSchema,
} from './recharge.schema.js';
import type { RechargeService } from './recharge.service.js';

export function rechargeRoutes(recharges: RechargeService): Route[] {
  return [
    listTiers(recharges),
    orderRecharge(recharges),
    readRecharge(recharges),
    receiveCallback(recharges),
  ];
}

function listTiers(recharges: RechargeService): Route {
  return defineRoute({
    method: 'GET',
    path: '/wallet/recharge-tiers',
    access: access.user,
    summary: 'What recharges are offered',
    responses: { 200: { description: 'The tiers', schema: tiersSchema, example: tiersExample } },
    handler: () => ({ items: recharges.tiers() }),
  });
}

function orderRecharge(recharges: RechargeService): Route {
  return defineRoute({
    method: 'POST',
    path: '/wallet/recharges',
    access: access.user,
    idempotent: true,
    summary: 'Order a recharge',
    description: 'It credits nothing: the coins come when the provider tells that they are paid.',
    body: orderBody,
    example: { body: orderBodyExample },
    responses: { 201: { description: 'The order', schema: orderSchema, example: orderExample } },
    errors: [walletErrors.amountInvalid, walletErrors.providerUnknown],
    handler: ({ caller, body, once }) => recharges.order(caller.userId, body, once),
  });
}

function readRecharge(recharges: RechargeService): Route {
  return defineRoute({
    method: 'GET',
    path: '/wallet/recharges/{id}',
    access: access.owner('id'),
    summary: 'Read one of my recharge orders',
    params: Type.Object({ id: orderId }),
    example: { params: { id: orderExample.id } },
    responses: { 200: { description: 'The order', schema: orderSchema, example: orderExample } },
    errors: [httpErrors.notFound],
    handler: ({ caller, params }) => recharges.read(caller.userId, params.id),
  });
}

function receiveCallback(recharges: RechargeService): Route {
  return defineRoute({
    method: 'POST',
    path: '/payments/{provider}/callback',
    access: access.public,
    keepRawBody: true,
    summary: 'For payment providers: tell of a payment',
    description: 'Signed over the bytes of the body. Told again it has no further effect.',
    params: callbackParams,
    body: Type.Unknown(),
    example: {
      params: { provider: 'sandbox' },
      body: { paymentId: 'p-1', orderId: orderExample.id, amountFen: 1_000, status: 'paid' },
    },
    responses: {
      200: { description: 'It was written down', schema: callbackSchema, example: { outcome: 'credited' } },
    },
    errors: [walletErrors.callbackRefused],
    handler: async ({ params, headers, rawBody = Buffer.alloc(0) }) => ({
      outcome: await recharges.receive(params.provider, { headers, rawBody }),
    }),
  });
}
