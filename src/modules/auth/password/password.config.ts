import Type from 'typebox';
import { integer } from '../config-fields.js';

export const passwordConfig = Type.Object({
  lengthMin: integer(8, 'Shortest password.', { unit: 'characters', minimum: 8, maximum: 64 }),
  lengthMax: integer(128, 'Longest password.', { unit: 'characters', minimum: 64, maximum: 256 }),
  commonMax: integer(10_000, 'So many of the most common passwords are refused.', {
    unit: 'passwords',
    minimum: 1000,
    maximum: 40_000,
  }),
  memoryKib: integer(19_456, 'argon2id: memory of one hash (OWASP: 19456 with 2 passes).', {
    unit: 'KiB',
    minimum: 8192,
    maximum: 1_048_576,
  }),
  passes: integer(2, 'argon2id: passes over the memory.', { unit: 'passes', minimum: 1, maximum: 20 }),
  lanes: integer(1, 'argon2id: lanes, its parameter of parallelism.', {
    unit: 'lanes',
    minimum: 1,
    maximum: 8,
  }),
  hashesInFlightMax: Type.Optional(
    Type.Integer({
      unit: 'hashes',
      minimum: 1,
      maximum: 64,
      description: 'Hashes computed at once; as many as cores when absent.',
    }),
  ),
  hashQueueMax: integer(
    200,
    'Hashes that may wait for their turn; beyond it sign-in and registration answer 503.',
    { unit: 'hashes', minimum: 1, maximum: 10_000 },
  ),
});
