import { accountErrors } from './account/account.errors.js';
import { closingErrors } from './closing/closing.errors.js';
import { emailErrors } from './contact/email.errors.js';
import { linkErrors } from './link/link.errors.js';
import { loginErrors } from './login/login.errors.js';
import { passwordErrors } from './password/password.errors.js';
import { phoneErrors } from './phone/phone.errors.js';
import { roleErrors } from './role/role.errors.js';
import { secondFactorErrors } from './second-factor/second-factor.errors.js';
import { sessionErrors } from './session/session.errors.js';
import { staffErrors } from './staff/staff.errors.js';

export const authErrors = {
  ...accountErrors,
  ...closingErrors,
  ...loginErrors,
  ...phoneErrors,
  ...roleErrors,
  ...sessionErrors,
  ...staffErrors,
  ...secondFactorErrors,
  ...passwordErrors,
  ...linkErrors,
  ...emailErrors,
};
