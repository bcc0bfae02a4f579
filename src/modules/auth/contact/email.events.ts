import Type from 'typebox';
import { defineEvent } from '../../../platform/events/index.js';

const userId = Type.String({ format: 'uuid' });
const exampleUserId = '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42';

export const emailVerified = defineEvent({
  type: 'auth.email-verified',
  summary: 'A user showed that mail to their address reaches them',
  payload: Type.Object({ userId }),
  example: { userId: exampleUserId },
});

export const emailChanged = defineEvent({
  type: 'auth.email-changed',
  summary: 'A user has another e-mail address; the one from before is told',
  payload: Type.Object({ userId, previousEmail: Type.Optional(Type.String()) }),
  example: { userId: exampleUserId, previousEmail: 'daiyu@example.com' },
});

export const emailEvents = [emailVerified, emailChanged];
