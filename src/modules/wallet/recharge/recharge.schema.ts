import Type from 'typebox';

const fen = (description: string) => Type.Integer({ description });
const moment = (description: string) => Type.String({ format: 'date-time', description });

export const orderId = Type.String({ format: 'uuid' });

const tierSchema = Type.Object({
  amountFen: fen('Price in fen (1 yuan = 100 fen)'),
  coins: Type.Integer({ description: 'Coins that are bought' }),
  bonusCoins: Type.Integer({ description: 'Bonus coins on top' }),
});

export const tiersSchema = Type.Object({ items: Type.Array(tierSchema) });
export const tiersExample = { items: [{ amountFen: 50_000, coins: 50_000, bonusCoins: 5_000 }] };

export const orderBody = Type.Object({
  amountFen: fen('What will be paid, in fen: a whole number of yuan'),
  provider: Type.String({ minLength: 1, maxLength: 40, description: 'By whom' }),
});
export const orderBodyExample = { amountFen: 1_000, provider: 'sandbox' };

export const orderSchema = Type.Object({
  id: orderId,
  provider: Type.String(),
  amountFen: fen('What is to be paid'),
  coins: Type.Integer({ description: 'Coins for it' }),
  status: Type.Enum(['pending', 'paid', 'expired']),
  bonusCoins: Type.Integer({ description: 'Bonus coins: once paid, all that came with it' }),
  createdAt: moment('When it was made'),
  expiresAt: moment('Pay before this moment; what arrives later is credited all the same'),
  paidAt: Type.Union([moment('When the payment arrived'), Type.Null()]),
  payUrl: Type.Union([Type.String(), Type.Null()], {
    description: 'Where to pay; `null` when the provider is no longer there',
  }),
});

export const orderExample = {
  id: '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11',
  provider: 'sandbox',
  amountFen: 1_000,
  coins: 1_000,
  status: 'pending',
  bonusCoins: 0,
  createdAt: '2026-03-02T08:21:07.412Z',
  expiresAt: '2026-03-02T08:51:07.412Z',
  paidAt: null,
  payUrl: '/api/v1/payments/sandbox/0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11/pay',
};

export const callbackParams = Type.Object({ provider: Type.String({ minLength: 1, maxLength: 40 }) });
export const callbackSchema = Type.Object({
  outcome: Type.Enum(['credited', 'unknown-order', 'wrong-amount', 'paid-already', 'ignored'], {
    description: 'What became of it. Whatever arrived is written down: do not send it again',
  }),
});

export const paySchema = Type.Object({
  outcome: Type.String({ description: 'What the callback was answered' }),
});
