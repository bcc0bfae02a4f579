export {
  AppError,
  type ErrorDefinition,
  type ErrorOptions,
  fill,
  type Language,
  type Localized,
} from './app-error.js';
export { defineErrors, type ErrorFactory, type ErrorTable } from './define-errors.js';
export { ErrorReference, errorReference } from './error-reference.js';
