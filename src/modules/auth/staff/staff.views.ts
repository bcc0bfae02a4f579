import type { Static } from 'typebox';
import { type Caller, permits } from '../../../platform/http/index.js';
import { statusAt } from '../account/account.standing.js';
import type { Account } from '../auth.port.js';
import { userView } from '../auth.views.js';
import type { Ban } from './ban.repository.js';
import { maskEmail } from './staff.domain.js';
import type { UserAnswer, UserWithBans } from './staff.schema.js';

/** Whoever bans people talks to them; whoever only looks at them needs no address. */
export function seesEmails(permissions: readonly string[]): boolean {
  return permits(permissions, 'user.ban');
}

/** A user as `caller` may see them at `now`. */
export function staffUserView(
  account: Account,
  { permissions }: Pick<Caller, 'permissions'>,
  now: Date,
): Static<typeof UserAnswer> {
  const status = statusAt(account, now);
  const banned = status === 'banned';
  const { email } = account;
  return {
    ...userView(account),
    email: email === undefined ? null : seesEmails(permissions) ? email : maskEmail(email),
    status,
    bannedUntil: (banned && account.bannedUntil?.toISOString()) || null,
    banReason: banned ? account.banReason : null,
    authorTier: account.authorTier ?? null,
  };
}

export function banView(ban: Ban): Static<typeof UserWithBans>['bans'][number] {
  return {
    id: ban.id,
    reason: ban.reason,
    until: ban.until?.toISOString() ?? null,
    bannedBy: ban.bannedBy,
    bannedAt: ban.bannedAt.toISOString(),
    liftedBy: ban.liftedBy,
    liftedAt: ban.liftedAt?.toISOString() ?? null,
    liftReason: ban.liftReason,
  };
}
