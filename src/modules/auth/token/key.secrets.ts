import type { SecretHolder } from '../../../platform/secrets/index.js';
import { countByKey, lockStaleSecrets, replaceSecret } from './key.repository.js';

/** The keys behind all tokens. Running servers have them open in memory, and do not notice. */
export const signingKeySecrets: SecretHolder = {
  name: 'signing-keys',
  async resealBatch(tx, batch) {
    const stale = await lockStaleSecrets(tx, batch);
    let resealed = 0;
    for (const { id, secret } of stale) {
      const next = batch.reseal(secret, id);
      if (!next) continue;
      await replaceSecret(tx, id, next);
      resealed += 1;
    }
    return { resealed, last: stale.at(-1)?.id };
  },
  keysInUse: countByKey,
};
