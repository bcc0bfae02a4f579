import Type from 'typebox';
import { defineEvent } from '../../../platform/events/index.js';

export const linkRequested = defineEvent({
  type: 'auth.link-requested',
  summary: 'Somebody is to get a link by mail; whose it is stands in its row, and its token nowhere',
  payload: Type.Object({ linkId: Type.String({ format: 'uuid' }) }),
  example: { linkId: '0198b3cb-9c40-7d11-8a2e-4b5c6d7e8f90' },
});
