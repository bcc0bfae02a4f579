import Type, { type Static } from 'typebox';

const seconds = (value: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum: 1, maximum, unit: 's', description });

export const adminConfig = Type.Object({
  verifySecondsMax: seconds(
    20,
    25,
    'A verification of the audit log over HTTP is given up after this; `qingyu verify` has no limit.',
  ),
  exportSecondsMax: seconds(600, 86_400, 'An export is cut off after this, however slowly it is read.'),
  exportsMax: Type.Integer({
    default: 3,
    minimum: 1,
    maximum: 100,
    unit: 'exports',
    description: 'Exports that one instance serves at once; further ones are refused with 503.',
  }),
});

export type AdminConfig = Static<typeof adminConfig>;
