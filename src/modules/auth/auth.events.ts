import { sessionOpened } from './session/session.events.js';

export const authEvents = [sessionOpened];
