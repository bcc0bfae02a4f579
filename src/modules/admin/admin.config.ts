import Type, { type Static } from 'typebox';

const seconds = (value: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum: 1, maximum, unit: 's', description });

export const adminConfig = Type.Object({
  verifySecondsMax: seconds(
    20,
    25,
    'A verification of the audit log over HTTP is given up after this; `qingyu verify` has no limit.',
  ),
});

export type AdminConfig = Static<typeof adminConfig>;
