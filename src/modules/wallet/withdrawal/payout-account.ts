import type { SecretHolder, Secrets } from '../../../platform/secrets/index.js';
import {
  countByKey,
  lockStaleAccounts,
  replaceAccount,
  type WithdrawalOrder,
} from './withdrawal.repository.js';

/** Where a withdrawal is paid to. */
export interface PayoutAccount {
  readonly type: 'bank' | 'alipay' | 'wechat';
  readonly name: string;
  readonly number: string;
}

const about = (orderId: string) => `withdrawals/${orderId}`;

export function sealAccount(secrets: Secrets, orderId: string, { name, number }: PayoutAccount) {
  return secrets.seal(Buffer.from(JSON.stringify({ name, number })), about(orderId));
}

/** Name and number, for whoever pays; empty once they are erased. Throws SecretError when the key is not at hand. */
export function openAccount(
  secrets: Secrets,
  { id, account }: WithdrawalOrder,
): { name: string; number: string } {
  if (!account) return { name: '', number: '' };
  return JSON.parse(secrets.open(account, about(id)).toString('utf8'));
}

/** The payout accounts of all orders. */
export const payoutAccountSecrets: SecretHolder = {
  name: 'payout-accounts',
  async resealBatch(tx, batch) {
    const stale = await lockStaleAccounts(tx, batch);
    let resealed = 0;
    for (const { id, account } of stale) {
      const next = account && batch.reseal(account, about(id));
      if (!next) continue;
      await replaceAccount(tx, id, next);
      resealed += 1;
    }
    return { resealed, last: stale.at(-1)?.id };
  },
  keysInUse: countByKey,
};
