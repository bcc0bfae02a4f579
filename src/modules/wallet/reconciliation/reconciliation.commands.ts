import Type from 'typebox';
import { type AnyCommand, defineCommand } from '../../../platform/commands/index.js';
import type { Mismatch } from './mismatch.js';
import { type ReconciliationService, reportView } from './reconciliation.service.js';

export function reconciliationCommands(reconciliation: ReconciliationService): AnyCommand[] {
  return [
    defineCommand({
      name: 'reconcile',
      summary:
        'Hold every balance against its postings and every frozen coin against its order; fails when they differ',
      options: Type.Object({}),
      run: async () => ({ ...reportView(await reconciliation.run({ kind: 'command' })) }),
      isFailure: ({ total }) => total !== 0,
      describe: ({ total, mismatches }) =>
        total === 0
          ? ['The books of the wallet agree.']
          : [
              `THE BOOKS OF THE WALLET DO NOT AGREE: ${total} mismatches.`,
              ...(mismatches as Mismatch[]).map(
                ({ kind, id, expected, found }) => `  ${kind} ${id}: ${expected} expected, ${found} found`,
              ),
            ],
    }),
  ];
}
