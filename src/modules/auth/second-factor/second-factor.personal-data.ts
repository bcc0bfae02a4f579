import type { PersonalDataHolder } from '../../../platform/personal-data/index.js';
import { clearAttempts } from './proof-attempts.repository.js';
import { countRecoveryCodes, deleteSecondFactor, findTotpEnabledAt } from './second-factor.repository.js';

/** That there is a second factor and since when; its secret and its codes are no part of an export. */
export const secondFactorHolder: PersonalDataHolder = {
  name: 'second-factor',
  async *export(database, userId) {
    const enabledAt = await findTotpEnabledAt(database, userId);
    if (enabledAt === undefined) return;
    yield { enabledAt, recoveryCodesLeft: await countRecoveryCodes(database, userId) };
  },
  async erase(tx, userId) {
    await deleteSecondFactor(tx, userId);
    await clearAttempts(tx, userId, ['password', 'second-factor']);
  },
};
