import type { SecretHolder } from '../../../platform/secrets/index.js';
import { countSeedsByKey, lockStaleSeeds, replaceSealedSeed } from './second-factor.repository.js';

/** What a sealed seed is about: bound to its row, so none stands in for another's. */
export function aboutSeed(seedId: string): string {
  return `totp-seeds/${seedId}`;
}

/** Seeds are opened for one check and forgotten, so running servers do not notice a rotation. */
export const totpSeedSecrets: SecretHolder = {
  name: 'totp-seeds',
  async resealBatch(tx, batch) {
    const stale = await lockStaleSeeds(tx, batch);
    let resealed = 0;
    for (const { id, sealed } of stale) {
      const next = batch.reseal(sealed, aboutSeed(id));
      if (!next) continue;
      await replaceSealedSeed(tx, id, next);
      resealed += 1;
    }
    return { resealed, last: stale.at(-1)?.id };
  },
  keysInUse: countSeedsByKey,
};
