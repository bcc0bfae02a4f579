import { AppError } from '../../../platform/errors/index.js';
import { httpErrors } from '../../../platform/http/index.js';

/** What a transaction came to: a refusal is raised, with everything undone by then. */
export function orRaise<T>(result: T | AppError): Exclude<T, AppError> {
  if (result instanceof AppError) throw result;
  return result as Exclude<T, AppError>;
}

/** The refusal of an edit that was made on an older version; undefined when it was made on the current one. */
export function staleEdit(sent: number, current: number): AppError | undefined {
  if (sent === current) return undefined;
  return httpErrors.versionConflict({ params: { sent, current }, extensions: { currentVersion: current } });
}
