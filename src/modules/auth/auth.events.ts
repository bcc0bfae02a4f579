import { accountClosed } from './closing/closing.events.js';
import { emailEvents } from './contact/email.events.js';
import { linkRequested } from './link/link.events.js';
import { loginLocked } from './login/login.events.js';
import { passwordChanged } from './password/password.events.js';
import { secondFactorEvents } from './second-factor/second-factor.events.js';
import { sessionOpened } from './session/session.events.js';
import { staffEvents } from './staff/staff.events.js';

export const authEvents = [
  ...[sessionOpened, loginLocked, passwordChanged, linkRequested, accountClosed],
  ...[...secondFactorEvents, ...emailEvents, ...staffEvents],
];
