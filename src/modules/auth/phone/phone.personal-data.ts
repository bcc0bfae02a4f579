import type { PersonalDataHolder } from '../../../platform/personal-data/index.js';
import { deletePhoneOfUser, findBinding } from './phone.repository.js';

/** Codes are not kept under a person: what there is of them ends by itself. */
export const phoneHolder: PersonalDataHolder = {
  name: 'phone',
  async *export(database, userId) {
    const binding = await findBinding(database, userId);
    if (binding) yield { phone: binding.phone, boundAt: binding.boundAt };
  },
  erase: deletePhoneOfUser,
};
