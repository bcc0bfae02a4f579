import Type from 'typebox';
import { integer } from '../config-fields.js';

export const signingKeysConfig = Type.Object({
  lifeDays: integer(30, 'So long one key signs access tokens, then the next one does.', {
    unit: 'days',
    minimum: 1,
    maximum: 366,
  }),
  publishAheadHours: integer(
    24,
    'So long before it signs the next key is published, and known to every instance.',
    { unit: 'h', minimum: 1, maximum: 168 },
  ),
});
