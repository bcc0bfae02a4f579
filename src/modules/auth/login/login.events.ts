import Type from 'typebox';
import { defineEvent } from '../../../platform/events/index.js';

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const loginLocked = defineEvent({
  type: 'auth.login-locked',
  summary: 'Too many failed sign-ins locked an account, a login that nobody has, or an address',
  payload: Type.Object({
    /** Null for an address, and for a login that nobody has. */
    userId: orNull(Type.String({ format: 'uuid' })),
    scope: Type.Enum(['account', 'address']),
    lockedUntil: Type.String({ format: 'date-time' }),
    /** 1 for the first lock, 2 for the next. */
    level: Type.Integer({ minimum: 1 }),
  }),
  example: {
    userId: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42',
    scope: 'account',
    lockedUntil: '2026-11-24T12:15:00.000Z',
    level: 1,
  },
});
