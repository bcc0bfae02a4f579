import Type from 'typebox';
import { defineEvent } from '../../../platform/events/index.js';
import { deviceClasses } from './session.domain.js';

const id = () => Type.String({ format: 'uuid' });

/** Its aggregate is `user <id>`. The address stays in the list of sessions: it is personal, and nothing here needs it. */
export const sessionOpened = defineEvent({
  type: 'auth.session-opened',
  summary: 'Somebody signed in',
  payload: Type.Object({
    userId: id(),
    sessionId: id(),
    deviceName: Type.Optional(Type.String({ description: 'As the client calls it' })),
    deviceClass: Type.Enum(deviceClasses),
    newDevice: Type.Boolean({
      description: 'No session on record names this device; always so for a client that names none',
    }),
  }),
  example: {
    userId: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42',
    sessionId: '0198b3c9-5a10-7f02-8c3e-1d2b4a6f8091',
    deviceName: '黛玉的手机',
    deviceClass: 'mobile',
    newDevice: true,
  },
});
