import type { AppError } from '../errors/index.js';
import { httpErrors } from './http.errors.js';

/** 409 for an edit that was made on another version than the current one; an edit that names none is made on any. */
export function staleEdit(sent: number | undefined, current: number): AppError | undefined {
  if (sent === undefined || sent === current) return undefined;
  return httpErrors.versionConflict({ params: { sent, current }, extensions: { currentVersion: current } });
}
