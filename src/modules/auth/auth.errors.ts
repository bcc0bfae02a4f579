import { accountErrors } from './account/account.errors.js';
import { loginErrors } from './login/login.errors.js';
import { phoneErrors } from './phone/phone.errors.js';
import { roleErrors } from './role/role.errors.js';
import { sessionErrors } from './session/session.errors.js';
import { staffErrors } from './staff/staff.errors.js';

export const authErrors = {
  ...accountErrors,
  ...loginErrors,
  ...phoneErrors,
  ...roleErrors,
  ...sessionErrors,
  ...staffErrors,
};
