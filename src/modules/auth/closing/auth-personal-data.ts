import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../platform/kernel/index.js';
import type { PersonalDataHolder } from '../../../platform/personal-data/index.js';
import { findAccount } from '../account/account.repository.js';
import { noPassword } from '../password/password-hasher.js';
import { pageOfAllSessions } from '../session/session.repository.js';
import { emptyAccount, stripSessions } from './closing.repository.js';

const pageSessions = 200;

/** What auth keeps about a person. */
export function authPersonalData(clock: Clock): readonly PersonalDataHolder[] {
  return [accountHolder(clock), sessionHolder];
}

function accountHolder(clock: Clock): PersonalDataHolder {
  return {
    name: 'account',
    async *export(database, userId) {
      const found = await findAccount(database, userId);
      if (!found) return;
      const { username, email, emailVerified, nickname, locale, roles, authorTier, createdAt } = found;
      yield { username, email, emailVerified, nickname, locale, roles, authorTier, createdAt };
    },
    erase(tx, userId) {
      const username = `closed_${randomBytes(11).toString('hex')}`;
      return emptyAccount(tx, { id: userId, username, passwordHash: noPassword, now: clock.now() });
    },
  };
}

const sessionHolder: PersonalDataHolder = {
  name: 'sessions',
  async *export(database, userId) {
    let after: string | undefined;
    do {
      const page = await pageOfAllSessions(database, userId, { after, limit: pageSessions });
      for (const session of page) {
        const { deviceName, deviceClass, address, createdAt, lastSeenAt, endedAt, endReason } = session;
        yield { deviceName, deviceClass, address, createdAt, lastSeenAt, endedAt, endReason };
      }
      after = page.length < pageSessions ? undefined : page.at(-1)?.id;
    } while (after !== undefined);
  },
  erase: stripSessions,
};
