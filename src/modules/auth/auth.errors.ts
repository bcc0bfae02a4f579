import { accountErrors } from './account/account.errors.js';
import { sessionErrors } from './session/session.errors.js';

export const authErrors = { ...accountErrors, ...sessionErrors };
