import Type from 'typebox';
import { pageQuery } from '../../../platform/http/index.js';
import { withdrawalStates } from './withdrawal.domain.js';

const moment = (description: string) => Type.String({ format: 'date-time', description });
const coins = (description: string) => Type.Integer({ description });

const withdrawalId = Type.String({ format: 'uuid' });
export const withdrawalParams = Type.Object({ id: withdrawalId });
export const withdrawalCursor = Type.Tuple([withdrawalId]);

export const withdrawalBody = Type.Object({
  amount: coins('Coins to withdraw, from your earnings'),
  account: Type.Object({
    type: Type.Enum(['bank', 'alipay', 'wechat']),
    name: Type.String({ minLength: 1, maxLength: 100, description: 'Whose account it is' }),
    number: Type.String({ pattern: '^[0-9A-Za-z@._ -]{4,64}$', description: 'Its number or name' }),
  }),
});
export const withdrawalBodyExample = {
  amount: 20_000,
  account: { type: 'bank', name: '林黛玉', number: '6222020200112233445' },
};

const own = {
  id: withdrawalId,
  amount: coins('Coins that were set aside'),
  fee: coins('Part of them that the platform keeps'),
  payout: coins('Fen that are paid out'),
  status: Type.Enum([...withdrawalStates]),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it was rejected or failed' }),
  requestedAt: moment('When it was asked for'),
  payableAt: moment('Not paid out before this moment'),
  changedAt: moment('When its status changed last'),
};

export const withdrawalSchema = Type.Object({
  ...own,
  account: Type.Object({
    type: Type.String(),
    number: Type.String({ description: 'Its end; the rest is kept encrypted' }),
  }),
});

export const reviewSchema = Type.Object({
  ...own,
  userId: withdrawalId,
  account: Type.Object({ type: Type.String(), name: Type.String(), number: Type.String() }),
});

export const withdrawalExample = {
  ...{ id: '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11', amount: 20_000, fee: 400, payout: 19_600 },
  ...{ status: 'pending', reason: null },
  account: { type: 'bank', number: '****3445' },
  requestedAt: '2026-03-02T08:21:07.412Z',
  payableAt: '2026-03-02T16:00:00.000Z',
  changedAt: '2026-03-02T08:21:07.412Z',
};
export const reviewExample = {
  ...withdrawalExample,
  userId: '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a22',
  account: withdrawalBodyExample.account,
};

export const reviewQuery = pageQuery({ status: Type.Optional(Type.Enum([...withdrawalStates])) });
export const reasonBody = Type.Object({
  reason: Type.String({ minLength: 1, maxLength: 500, description: 'Shown to the author' }),
});
