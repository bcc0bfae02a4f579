import type { Static } from 'typebox';
import type { Account } from './auth.port.js';
import type { SignedInAnswer, User } from './auth.schema.js';
import type { SignedIn } from './session/session.service.js';
import { sessionView } from './session/session.views.js';

/** What leaves the process: every member by name, so that a new column stays inside. */
export function userView(account: Account): Static<typeof User> {
  return {
    id: account.id,
    username: account.username,
    email: account.email ?? null,
    emailVerified: account.emailVerified,
    nickname: account.nickname,
    locale: account.locale,
    roles: [...account.roles],
    version: account.version,
    createdAt: account.createdAt.toISOString(),
  };
}

export function signedInView(signedIn: SignedIn): Static<typeof SignedInAnswer> {
  const { accessToken, expiresInSeconds, refreshToken, session, account } = signedIn;
  return {
    accessToken,
    expiresIn: expiresInSeconds,
    refreshToken,
    tokenType: 'Bearer',
    session: sessionView(session, session.id),
    user: userView(account),
  };
}
