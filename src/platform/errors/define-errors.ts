import { AppError, type ErrorDefinition, type ErrorOptions } from './app-error.js';

export type ErrorFactory = ((options?: ErrorOptions) => AppError) & {
  readonly definition: ErrorDefinition;
};

export type ErrorTable = Readonly<Record<string, ErrorFactory>>;

/**
 * A module's error table: `throw authErrors.invalidCredentials()`. Routes list the factories they may
 * raise, from which the API document and the error reference are made.
 */
export function defineErrors<const D extends Readonly<Record<string, ErrorDefinition>>>(
  definitions: D,
): { readonly [K in keyof D]: ErrorFactory } {
  const table: Record<string, ErrorFactory> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const create = (options?: ErrorOptions) => new AppError(definition, options);
    table[name] = Object.assign(create, { definition });
  }
  return table as { readonly [K in keyof D]: ErrorFactory };
}
