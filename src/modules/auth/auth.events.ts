import { sessionOpened } from './session/session.events.js';
import { staffEvents } from './staff/staff.events.js';

export const authEvents = [sessionOpened, ...staffEvents];
