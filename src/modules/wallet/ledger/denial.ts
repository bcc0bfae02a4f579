import type { WalletDenial } from '../wallet.port.js';
import type { Ledger, TransactionType } from './ledger.js';

/** More would be a mistake; sums of that many stay exact numbers. */
export const coinsMax = 1_000_000_000;

/** Undefined for a whole number of coins in range. */
export function amountDenial(amount: number, max = coinsMax): WalletDenial | undefined {
  const isFit = Number.isInteger(amount) && amount >= 1 && amount <= max;
  return isFit ? undefined : { allowed: false, reason: 'amount-invalid', max };
}

export function denied<D extends WalletDenial>(ledger: Ledger, type: TransactionType, denial: D): D {
  ledger.refused(type, denial.reason);
  return denial;
}
