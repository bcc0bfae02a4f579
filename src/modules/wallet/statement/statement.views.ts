import type { StatementLine } from './statement.js';

export function lineView({ id, at, type, reference, changes }: StatementLine) {
  const { promo = 0, paid = 0, earnings = 0, frozen = 0, debt = 0 } = changes;
  return {
    ...{ id, at: at.toISOString(), type, reference },
    amount: promo + paid + earnings + frozen - debt,
    changes: { available: promo + paid, promo, earnings, frozen, debt },
  };
}

export const csvHeader = ['id', 'at', 'type', 'amount', 'available', 'promo', 'earnings', 'frozen', 'debt'];

export function csvCells(line: StatementLine): string[] {
  const { id, at, type, amount, changes } = lineView(line);
  const { available, promo, earnings, frozen, debt } = changes;
  return [id, at, type, ...[amount, available, promo, earnings, frozen, debt].map(String)];
}
