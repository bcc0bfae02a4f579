import { port } from './port.js';

/** Business time. SQL gets its moments from here as parameters; `now()` in SQL is banned. */
export interface Clock {
  now(): Date;
}

export const Clock = port<Clock>('clock');

export const systemClock: Clock = { now: () => new Date() };
