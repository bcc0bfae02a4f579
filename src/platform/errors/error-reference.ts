import { port } from '../kernel/index.js';
import type { ErrorDefinition } from './app-error.js';
import type { ErrorTable } from './define-errors.js';

/** Every error of the application by its code. */
export type ErrorReference = ReadonlyMap<string, ErrorDefinition>;

export const ErrorReference = port<ErrorReference>('errors');

/** Raises an error when two definitions claim one code: clients tell problems apart by it. */
export function errorReference(tables: readonly ErrorTable[]): ErrorReference {
  const reference = new Map<string, ErrorDefinition>();
  for (const { definition } of tables.flatMap((table) => Object.values(table))) {
    const other = reference.get(definition.code);
    if (other && other !== definition) throw new Error(`Two errors have the code "${definition.code}".`);
    reference.set(definition.code, definition);
  }
  return reference;
}
