import { AppError } from '../../../platform/errors/index.js';

/** What a transaction came to: a refusal is raised, with everything undone by then. */
export function orRaise<T>(result: T | AppError): Exclude<T, AppError> {
  if (result instanceof AppError) throw result;
  return result as Exclude<T, AppError>;
}
