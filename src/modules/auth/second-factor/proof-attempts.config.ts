import Type from 'typebox';
import { daySeconds, integer, seconds } from '../config-fields.js';

export const proofAttemptsConfig = Type.Object({
  max: integer(
    5,
    'Wrong codes of the second factor, or wrong passwords in place of the current one, that a user may try in a row.',
    { unit: 'attempts', minimum: 1, maximum: 100 },
  ),
  windowSeconds: seconds(
    900,
    'From the first of them to the moment when they are forgotten.',
    60,
    daySeconds,
  ),
  freshSignInSeconds: seconds(
    600,
    'An account without a password proves itself by a sign-in that is not older.',
    60,
    daySeconds,
  ),
});
