import { authErrors } from '../auth.errors.js';

/** What every way to sign in may be refused for, whatever somebody proves themselves with. */
export const signInRefusals = [
  authErrors.totpRequired,
  authErrors.totpInvalid,
  authErrors.confirmationLocked,
  authErrors.accountBanned,
  authErrors.deviceLimitReached,
  authErrors.loginLocked,
];
