import Type from 'typebox';
import { pageOf, pageQuery } from '../../platform/http/index.js';

const lastMoment = 253_402_300_799_999;

const filters = {
  action: Type.Optional(Type.String({ maxLength: 64, description: 'Such as `auth.account-created`' })),
  actorId: Type.Optional(Type.String({ format: 'uuid', description: 'The user who did it' })),
  targetType: Type.Optional(Type.String({ maxLength: 40, description: 'Such as `user`' })),
  targetId: Type.Optional(Type.String({ maxLength: 200, description: 'What it was done to' })),
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Not before this moment' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Before this moment' })),
};

export const AuditLogQuery = pageQuery(filters);
export const AuditLogFilters = Type.Object(filters);

/** Moment in ms and id of the last record of a page. */
export const AuditLogCursor = Type.Tuple([
  Type.Integer({ minimum: 0, maximum: lastMoment }),
  Type.String({ format: 'uuid' }),
]);

const Change = (description: string) =>
  Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description }));

const Record = Type.Object({
  id: Type.String({ format: 'uuid' }),
  at: Type.String({ format: 'date-time' }),
  action: Type.String(),
  actor: Type.Object({
    kind: Type.Enum(['user', 'system', 'command']),
    userId: Type.Optional(Type.String({ format: 'uuid' })),
    address: Type.Optional(Type.String()),
  }),
  target: Type.Object({ type: Type.String(), id: Type.String() }),
  requestId: Type.Optional(Type.String()),
  traceId: Type.Optional(Type.String()),
  details: Type.Enum(['none', 'kept', 'erased'], {
    description:
      '`erased`: address, before, after, reason and detail were removed with the person they were about',
  }),
  before: Change('What changed, as it was'),
  after: Change('What changed, as it is'),
  reason: Type.Optional(Type.String()),
  detail: Change('What else is to be known'),
});

export const AuditLogPage = pageOf(Record);

export const AuditVerification = Type.Object({
  ok: Type.Boolean(),
  checked: Type.Integer({ description: 'Records that were compared with their seals' }),
  firstBroken: Type.Optional(
    Type.Object(
      {
        kind: Type.Enum([
          'row-changed',
          'row-removed',
          'row-inserted',
          'details-changed',
          'seal-removed',
          'seal-changed',
          'seal-unlinked',
          'head-changed',
          'head-unknown',
        ]),
        id: Type.Optional(Type.String({ description: 'The record' })),
        seal: Type.Optional(Type.Integer({ description: 'Number of the seal' })),
      },
      { description: 'Where the log was first tampered with' },
    ),
  ),
  unsealed: Type.Integer({ description: 'Newest records without a seal yet, about which nothing is said' }),
  head: Type.Object(
    { seal: Type.Integer(), hash: Type.String() },
    { description: 'The newest seal: keep its hash elsewhere for `qingyu verify --expect-head`' },
  ),
});

export const recordExample = {
  id: '01956e2f-5c00-7000-8000-0123456789ab',
  at: '2026-11-23T08:00:00.000Z',
  action: 'auth.account-created',
  actor: { kind: 'user', userId: '01956e2f-5c00-7000-8000-000000000001', address: '203.0.113.9' },
  target: { type: 'user', id: '01956e2f-5c00-7000-8000-000000000002' },
  requestId: '0193b6f2-7c1a-7d55-9f0e-2f6f3a6f8a11',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  details: 'kept',
  after: { username: 'lin_daiyu', roles: ['reader', 'reviewer'] },
};
