import type { Clock } from '../../../platform/kernel/index.js';
import type { PersonalDataHolder } from '../../../platform/personal-data/index.js';
import { banPages, eraseBanTexts } from './ban.repository.js';
import { deleteRoles, findRoles, lockOtherAdmins } from './user-roles.repository.js';

/** Who of the staff banned and lifted is theirs, not the user's: it is kept, and not told. */
const bansHolder: PersonalDataHolder = {
  name: 'bans',
  async *export(database, userId) {
    for await (const page of banPages(database, userId)) {
      for (const { reason, until, bannedAt, liftedAt, liftReason } of page)
        yield { reason, until, bannedAt, liftedAt, liftReason };
    }
  },
  erase: eraseBanTexts,
};

const rolesHolder = (clock: Clock): PersonalDataHolder => ({
  name: 'roles',
  async *export(database, userId) {
    yield* await findRoles(database, userId);
  },
  erase: deleteRoles,
  async obstacle(tx, userId) {
    const roles = await findRoles(tx, userId);
    if (!roles.some(({ role }) => role === 'admin')) return undefined;
    if ((await lockOtherAdmins(tx, userId, clock.now())) > 0) return undefined;
    return {
      'zh-CN': '您是最后一位管理员，账号不能注销。请先让另一个用户成为管理员。',
      en: 'You are the last admin, so the account cannot be closed. Make somebody else an admin first.',
    };
  },
});

export const staffHolders = (clock: Clock): readonly PersonalDataHolder[] => [bansHolder, rolesHolder(clock)];
