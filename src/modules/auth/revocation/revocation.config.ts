import Type, { type Static } from 'typebox';
import { integer } from '../config-fields.js';

const milliseconds = (value: number, description: string, minimum: number, maximum: number) =>
  integer(value, description, { unit: 'ms', minimum, maximum });

export const revocationConfig = Type.Object({
  pollIntervalMs: milliseconds(
    500,
    'How often each instance looks for sessions, roles and bans that others changed. Above 900 requests begin to read their rows.',
    50,
    5_000,
  ),
  readTimeLimitMs: milliseconds(
    2_000,
    'Reading the rows behind a token may take this long; then the answer is 503.',
    100,
    30_000,
  ),
});

export type RevocationConfig = Static<typeof revocationConfig>;
