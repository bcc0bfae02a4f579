import { loginLocked } from './login/login.events.js';
import { sessionOpened } from './session/session.events.js';
import { staffEvents } from './staff/staff.events.js';

export const authEvents = [loginLocked, sessionOpened, ...staffEvents];
