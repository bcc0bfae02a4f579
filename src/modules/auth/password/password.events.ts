import Type from 'typebox';
import { defineEvent } from '../../../platform/events/index.js';

const userId = Type.String({ format: 'uuid' });
const exampleUserId = '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42';

export const passwordChanged = defineEvent({
  type: 'auth.password-changed',
  summary: 'A user has another password, and their other sessions have ended',
  payload: Type.Object({
    userId,
    /** `changed` by its owner who knew the old one, `reset` with a link. */
    how: Type.Enum(['changed', 'reset']),
  }),
  example: { userId: exampleUserId, how: 'changed' },
});
