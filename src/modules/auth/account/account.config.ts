import Type from 'typebox';
import { integer } from '../config-fields.js';

export const usernameConfig = Type.Object({
  lengthMin: integer(3, 'Shortest username.', { unit: 'characters', minimum: 1, maximum: 30 }),
  lengthMax: integer(30, 'Longest username.', { unit: 'characters', minimum: 30, maximum: 60 }),
  reserved: Type.Array(Type.String({ minLength: 1, maxLength: 60 }), {
    default: ['admin', 'root', 'system', 'api', 'www', 'mail', 'ftp', 'support'],
    maxItems: 1000,
    description: 'Names nobody can register, compared without case.',
  }),
});
