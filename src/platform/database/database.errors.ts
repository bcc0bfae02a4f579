import pg from 'pg';
import { AppError, defineErrors } from '../errors/index.js';

export const databaseErrors = defineErrors({
  databaseUnavailable: {
    code: 'database-unavailable',
    status: 503,
    title: { 'zh-CN': '数据库暂时不可用', en: 'Database unavailable' },
    detail: {
      'zh-CN': '数据库没有应答或连接已用尽，本次请求没有保存任何内容。请稍后重试。',
      en: 'The database did not answer or has no free connection; a change in progress was not kept. Try again shortly.',
    },
  },
  databaseTimeout: {
    code: 'database-timeout',
    status: 503,
    title: { 'zh-CN': '数据库操作超时', en: 'Database operation timed out' },
    detail: {
      'zh-CN': '数据库操作超过时限，已被取消。请稍后重试；若反复出现，请联系管理员。',
      en: 'A database operation passed its time limit and was cancelled. Try again shortly; tell the operator if it keeps happening.',
    },
  },
  commitOutcomeUnknown: {
    code: 'commit-outcome-unknown',
    status: 503,
    title: { 'zh-CN': '无法确认是否已保存', en: 'Unknown whether it was saved' },
    detail: {
      'zh-CN': '提交时与数据库的连接中断，更改可能已保存，也可能没有。请先查看结果，再决定是否重试。',
      en: 'The connection to the database broke during the commit: the change may or may not have been saved. Look at the result before you try again.',
    },
  },
});

const causesMax = 5;

/** The database's own error in `error` or among its causes. */
export function databaseErrorIn(error: unknown): pg.DatabaseError | undefined {
  let current = error;
  for (let depth = 0; depth < causesMax && current instanceof Error; depth++) {
    if (current instanceof pg.DatabaseError) return current;
    current = current.cause;
  }
  return undefined;
}

/** SQLSTATE of the database's error behind `error`, such as `23505`. */
export function sqlStateOf(error: unknown): string | undefined {
  return databaseErrorIn(error)?.code;
}

/** A row with the same unique key exists; with `constraint` only when that constraint (or unique index) says so. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return violates(error, '23505', constraint);
}

/** A row that is referred to does not exist, or one that is still referred to was to go. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return violates(error, '23503', constraint);
}

/** A `check` constraint said no, for example an amount below zero. */
export function isCheckViolation(error: unknown, constraint?: string): boolean {
  return violates(error, '23514', constraint);
}

/** Somebody else held the lock for longer than `database.lockTimeoutMs`, or `nowait` was asked for. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

export function isDatabaseUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.definition === databaseErrors.databaseUnavailable.definition;
}

function violates(error: unknown, code: string, constraint: string | undefined): boolean {
  const found = databaseErrorIn(error);
  return found?.code === code && (constraint === undefined || found.constraint === constraint);
}

/** Deadlocks and serialization failures: the same transaction may well succeed when repeated. */
export function isRetryable(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code === '40P01' || code === '40001' || isStalePlan(error);
}

/** A prepared `select *` met a table that a migration has changed since; a fresh preparation works. */
export function isStalePlan(error: unknown): boolean {
  const found = databaseErrorIn(error);
  return found?.code === '0A000' && found.routine === 'RevalidateCachedQuery';
}

/** The server ended the connection or can't take one: shutdown, start, fail-over, too many clients. */
export function endsConnection(error: pg.DatabaseError): boolean {
  const code = error.code ?? '';
  return error.severity === 'FATAL' || code.startsWith('08') || code.startsWith('57P') || code === '53300';
}
