import Type from 'typebox';
import { defineEvent } from '../../../platform/events/index.js';

const userId = Type.String({ format: 'uuid' });
const example = '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42';

// The aggregate of each is `user <id>`.

export const userBanned = defineEvent({
  type: 'auth.user-banned',
  summary: 'A user was banned, and every session of theirs ended',
  payload: Type.Object({
    userId,
    reason: Type.String({ description: 'For the user to read' }),
    until: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: '`null`: it has no end',
    }),
  }),
  example: { userId: example, reason: '多次发布广告', until: '2026-03-08T16:00:00.000Z' },
});

export const userUnbanned = defineEvent({
  type: 'auth.user-unbanned',
  summary: 'A ban was lifted before its end; one that ends by itself is no event',
  payload: Type.Object({ userId }),
  example: { userId: example },
});

export const rolesChanged = defineEvent({
  type: 'auth.roles-changed',
  summary: 'The staff gave a user other roles',
  payload: Type.Object({
    userId,
    before: Type.Array(Type.String()),
    after: Type.Array(Type.String()),
  }),
  example: { userId: example, before: ['reader'], after: ['author', 'reader'] },
});

export const staffEvents = [userBanned, userUnbanned, rolesChanged];
