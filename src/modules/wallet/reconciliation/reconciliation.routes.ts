import Type from 'typebox';
import { actorOf } from '../../../platform/audit/index.js';
import { access, defineRoute, type Route } from '../../../platform/http/index.js';
import { mismatchKinds } from './mismatch.js';
import { type ReconciliationService, reportView } from './reconciliation.service.js';

const reportSchema = Type.Object({
  checkedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'The moment of what was compared; `null` before the first reconciliation',
  }),
  total: Type.Integer({ description: 'How many mismatches there are' }),
  mismatches: Type.Array(
    Type.Object({
      kind: Type.Enum([...mismatchKinds]),
      id: Type.String({
        description: 'What does not agree: a transaction, account, user, hold, order or payment',
      }),
      expected: Type.Integer({ description: 'Coins by the postings or the order' }),
      found: Type.Integer({ description: 'Coins that are there' }),
    }),
    { description: 'At most 100 of them' },
  ),
});
const reportExample = { checkedAt: '2026-03-02T18:30:00.000Z', total: 0, mismatches: [] };
const never = { checkedAt: null, total: 0, mismatches: [] };
const responses = { 200: { description: 'The report', schema: reportSchema, example: reportExample } };
const audit = access.permission('wallet.audit');

export function reconciliationRoutes(reconciliation: ReconciliationService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/admin/reconciliation',
      access: audit,
      summary: 'The newest reconciliation of the books',
      responses,
      handler: async () => {
        const report = await reconciliation.newest();
        return report ? reportView(report) : never;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/admin/reconciliation',
      access: audit,
      idempotent: true,
      summary: 'Reconcile the books now',
      description:
        'Balances against postings, frozen coins against orders, orders against what was credited.',
      responses,
      handler: (request) =>
        request.once.effect({ name: 'reconcile', limitSeconds: 60 }, async () =>
          reportView(await reconciliation.run(actorOf(request))),
        ),
    }),
  ];
}
