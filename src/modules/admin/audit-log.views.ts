import type { AuditFilter, AuditRecord } from '../../platform/audit/index.js';
import { httpErrors } from '../../platform/http/index.js';

interface FilterQuery {
  readonly action?: string;
  readonly actorId?: string;
  readonly targetType?: string;
  readonly targetId?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Raises `invalid-input` for a moment that its format allows and no calendar has, such as a leap second. */
export function filterOf({ action, actorId, targetType, targetId, from, to }: FilterQuery): AuditFilter {
  return { action, actorId, targetType, targetId, from: momentOf('from', from), to: momentOf('to', to) };
}

function momentOf(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = new Date(text);
  if (!Number.isNaN(moment.getTime())) return moment;
  const errors = [{ path: `query.${name}`, message: 'must be a moment of the calendar' }];
  throw httpErrors.invalidInput({ params: { count: 1 }, extensions: { errors } });
}

export function recordView(record: AuditRecord) {
  const { id, recordedAt, action, actor, target, details } = record;
  const { kind, userId, address } = actor;
  return {
    ...{ id, action, target, details },
    at: recordedAt.toISOString(),
    actor: { kind, ...withoutNulls({ userId, address }) },
    ...withoutNulls({ requestId: record.requestId, traceId: record.traceId }),
    ...withoutNulls({ before: record.before, after: record.after }),
    ...withoutNulls({ reason: record.reason, detail: record.detail }),
  };
}

type WithoutNulls<T> = { [K in keyof T]?: NonNullable<T[K]> };

function withoutNulls<T extends object>(fields: T): WithoutNulls<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as WithoutNulls<T>;
}

export const csvHeader = [
  ...[
    'id',
    'at',
    'action',
    'actorKind',
    'actorId',
    'address',
    'targetType',
    'targetId',
    'requestId',
    'traceId',
  ],
  ...['details', 'reason', 'before', 'after', 'detail'],
];

export function csvCells(record: AuditRecord): (string | null)[] {
  const { id, recordedAt, action, actor, target, requestId, traceId, details, reason } = record;
  return [
    ...[
      id,
      recordedAt.toISOString(),
      action,
      actor.kind,
      actor.userId,
      actor.address,
      target.type,
      target.id,
    ],
    ...[requestId, traceId, details, reason, ...[record.before, record.after, record.detail].map(jsonCell)],
  ];
}

function jsonCell(value: Record<string, unknown> | null): string | null {
  return value && JSON.stringify(value);
}
