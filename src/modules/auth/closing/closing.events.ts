import Type from 'typebox';
import { defineEvent } from '../../../platform/events/index.js';

/** What names the person is gone by then. */
export const accountClosed = defineEvent({
  type: 'auth.account-closed',
  summary: 'Somebody closed their account',
  payload: Type.Object({ userId: Type.String({ format: 'uuid' }) }),
  example: { userId: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42' },
});
