import Type from 'typebox';
import { defineEvent } from '../../platform/events/index.js';

const id = Type.String({ format: 'uuid' });
const coins = Type.Integer({ minimum: 0 });
const [userId, orderId, transactionId] = [
  '0198c2de-7c1f-7aaa-8bbb-000000000001',
  '0198c2de-7c1f-7aaa-8bbb-000000000002',
  '0198c2de-7c1f-7aaa-8bbb-000000000003',
];

export const recharged = defineEvent({
  type: 'wallet.recharged',
  summary: 'A payment has arrived and its coins are in the wallet',
  payload: Type.Object({
    ...{ userId: id, orderId: id, transactionId: id },
    amountFen: coins,
    coins,
    bonusCoins: coins,
    late: Type.Boolean({ description: 'Paid after the order had expired' }),
  }),
  example: { userId, orderId, transactionId, amountFen: 1_000, coins: 1_000, bonusCoins: 1_000, late: false },
});

export const refunded = defineEvent({
  type: 'wallet.refunded',
  summary: 'Coins of a spending were given back; whatever was bought with them is to be taken back',
  payload: Type.Object({
    ...{ userId: id, transactionId: id, originalId: id },
    originalType: Type.String(),
    reference: Type.String({ description: 'The natural key of what had been bought' }),
    amount: coins,
    refundable: Type.Integer({ minimum: 0, description: 'What may still be given back; 0: all of it was' }),
  }),
  example: {
    ...{ userId, transactionId, originalId: orderId },
    originalType: 'chapter-purchase',
    reference: `chapter:${orderId}:${userId}`,
    amount: 15,
    refundable: 0,
  },
});

export const rechargeRefunded = defineEvent({
  type: 'wallet.recharge-refunded',
  summary: 'Money of a recharge goes back to its payer, by the provider it came through',
  payload: Type.Object({
    ...{ userId: id, orderId: id, transactionId: id },
    provider: Type.String(),
    amountFen: Type.Integer({ minimum: 0, description: 'What goes back' }),
    coins,
  }),
  example: { userId, orderId, transactionId, provider: 'sandbox', amountFen: 400, coins: 1_000 },
});

export const transferred = defineEvent({
  type: 'wallet.transferred',
  summary: 'A user sent coins to another',
  payload: Type.Object({
    ...{ userId: id, toUserId: id, transactionId: id, amount: coins },
    note: Type.Optional(Type.String()),
  }),
  example: { userId, toUserId: orderId, transactionId, amount: 100 },
});

export const withdrawalChanged = defineEvent({
  type: 'wallet.withdrawal-changed',
  summary: 'A withdrawal was asked for, reviewed, paid or ended',
  payload: Type.Object({
    ...{ userId: id, orderId: id, amount: coins, fee: coins },
    state: Type.String(),
    reason: Type.Optional(Type.String()),
  }),
  example: { userId, orderId, amount: 10_000, fee: 200, state: 'approved' },
});

export const walletLockChanged = defineEvent({
  type: 'wallet.lock-changed',
  summary: 'The staff locked or unlocked a wallet',
  payload: Type.Object({ userId: id, locked: Type.Boolean() }),
  example: { userId, locked: true },
});

export const adjusted = defineEvent({
  type: 'wallet.adjusted',
  summary: 'The staff gave bonus coins or took coins',
  payload: Type.Object({ userId: id, transactionId: id, amount: Type.Integer() }),
  example: { userId, transactionId, amount: 500 },
});

export const walletEvents = [
  recharged,
  refunded,
  rechargeRefunded,
  transferred,
  withdrawalChanged,
  walletLockChanged,
  adjusted,
];

/** Events of one wallet are in order: whoever adds one holds locks on its purses. */
export function walletAggregate(userId: string): string {
  return `wallet ${userId}`;
}
