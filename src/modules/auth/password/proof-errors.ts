import { authErrors } from '../auth.errors.js';

/** What an operation may raise that asks for the password again. */
export const proofErrors = [
  authErrors.passwordWrong,
  authErrors.freshSignInRequired,
  authErrors.confirmationLocked,
  authErrors.passwordHashingBusy,
];
