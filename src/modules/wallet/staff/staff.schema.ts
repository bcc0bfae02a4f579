import Type from 'typebox';

const uuid = Type.String({ format: 'uuid' });
const reason = Type.String({ minLength: 1, maxLength: 500, description: 'Why; kept in the audit log' });

export const exampleId = '0198c5a4-9a10-7f00-8000-5d2f7c1b2a33';
export const transactionParams = Type.Object({ id: uuid });
export const userParams = Type.Object({ userId: uuid });

export const refundBody = Type.Object({
  amount: Type.Integer({ description: 'Coins to give back' }),
  reason,
});
export const refundBodyExample = { amount: 15, reason: '章节重复' };
export const refundSchema = Type.Object({
  transactionId: uuid,
  amount: Type.Integer({ description: 'Coins that were given back' }),
  refundable: Type.Integer({ description: 'Coins that may still be given back' }),
});
export const refundExample = { transactionId: exampleId, amount: 15, refundable: 0 };

export const adjustBody = Type.Object({
  amount: Type.Integer({ description: 'Bonus coins to give, or coins to take (below zero)' }),
  reason,
});
export const adjustBodyExample = { amount: 500, reason: '活动补偿' };
export const adjustSchema = Type.Object({ transactionId: uuid, amount: Type.Integer() });
export const adjustExample = { transactionId: exampleId, amount: 500 };

export const lockSchema = Type.Object({ userId: uuid, locked: Type.Boolean() });
