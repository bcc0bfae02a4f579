import Type, { type Static } from 'typebox';
import { pageQuery } from '../../../platform/http/index.js';

const coins = (description: string) => Type.Integer({ description });
const moment = (description: string) => Type.String({ format: 'date-time', description });

const balances = {
  available: coins('Coins that can be spent: paid and bonus coins'),
  promo: coins('Bonus and gift coins, part of `available`; spent first'),
  earnings: coins('An author’s shares: spent last, and all that can be withdrawn'),
  frozen: coins('Coins set aside for open orders'),
  debt: coins('Coins owed: coming shares repay it first'),
};

export const walletSchema = Type.Object({ ...balances, currency: Type.Literal('coin') });
export const walletExample = {
  ...{ available: 2_000, promo: 1_000, earnings: 0, frozen: 0, debt: 0 },
  currency: 'coin',
};

export const walletQuery = Type.Object({
  at: Type.Optional(moment('The balances as they were at this moment; absent: now')),
});

const filters = {
  type: Type.Optional(Type.String({ maxLength: 40, description: 'Only transactions of this type' })),
  from: Type.Optional(moment('Not before this moment')),
  to: Type.Optional(moment('Before this moment')),
};

export const statementFilters = Type.Object(filters);
export const statementQuery = pageQuery(filters);
export type StatementFilters = Static<typeof statementFilters>;

export const lineSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  at: moment('When it was written'),
  type: Type.String({ description: 'What it was about: `recharge`, `chapter-purchase`, `refund` …' }),
  reference: Type.String({ description: 'The natural key of what it was about' }),
  amount: coins('What the wallet as a whole gained (above zero) or lost'),
  changes: Type.Object(balances, { description: 'The same by balance' }),
});

export const lineExample = {
  id: '0198c5a4-9a10-7f00-8000-5d2f7c1b2a33',
  at: '2026-03-02T08:21:07.412Z',
  type: 'chapter-purchase',
  reference: 'chapter:0198c5a4-8c00-7a51-b1c2-6a1d0e9f4b22:0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11',
  amount: -15,
  changes: { available: -15, promo: -10, earnings: 0, frozen: 0, debt: 0 },
};

export const lineCursor = Type.Tuple([Type.String({ format: 'uuid' })]);
