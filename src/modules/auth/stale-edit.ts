import type { AppError } from '../../platform/errors/index.js';
import { httpErrors } from '../../platform/http/index.js';

/** 409 for an edit that was made on another version than the current one; an edit that names none is made on any. */
export function staleEdit(sent: number | undefined, current: number): AppError | undefined {
  if (sent === undefined || sent === current) return undefined;
  return httpErrors.versionConflict({ params: { sent, current }, extensions: { currentVersion: current } });
}
