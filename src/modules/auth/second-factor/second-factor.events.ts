import Type from 'typebox';
import { defineEvent } from '../../../platform/events/index.js';

const userId = Type.String({ format: 'uuid' });
const exampleUserId = '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42';

export const totpEnabled = defineEvent({
  type: 'auth.totp-enabled',
  summary: 'A user has a second factor, or another one than before',
  payload: Type.Object({ userId }),
  example: { userId: exampleUserId },
});

export const totpDisabled = defineEvent({
  type: 'auth.totp-disabled',
  summary: 'A user gave up their second factor',
  payload: Type.Object({ userId }),
  example: { userId: exampleUserId },
});

export const recoveryCodeUsed = defineEvent({
  type: 'auth.recovery-code-used',
  summary: 'A recovery code stood in for the second factor of a user',
  payload: Type.Object({ userId, left: Type.Integer({ minimum: 0 }) }),
  example: { userId: exampleUserId, left: 9 },
});

export const secondFactorEvents = [totpEnabled, totpDisabled, recoveryCodeUsed];
