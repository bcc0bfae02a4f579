import Type, { type Static } from 'typebox';

export const auditConfig = Type.Object({
  sealIntervalMs: Type.Integer({
    default: 1_000,
    minimum: 100,
    maximum: 60_000,
    unit: 'ms',
    description: 'How often each instance looks for records to seal.',
  }),
  sealRowsMax: Type.Integer({
    default: 1_000,
    minimum: 1,
    maximum: 5_000,
    unit: 'records',
    description: 'Records that one seal covers at most.',
  }),
  sealsPerPassMax: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 1_000,
    unit: 'seals',
    description: 'Seals that are made at once at most; the next look goes on.',
  }),
  sealLagSecondsMax: Type.Integer({
    default: 5,
    minimum: 1,
    maximum: 3_600,
    unit: 's',
    description: 'The health is degraded while a record waits longer than this for its seal.',
  }),
});

export type AuditConfig = Static<typeof auditConfig>;
