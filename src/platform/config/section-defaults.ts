import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';
import { deepFreeze } from './effective.js';

/** A section filled from its own defaults, with `overrides`; for tests and tools. Throws what is missing or wrong. */
export function sectionDefaults<T extends TObject>(
  section: T,
  overrides: Partial<Static<T>> = {},
): Readonly<Static<T>> {
  const groups = Value.Create(section) as Static<T>;
  const values: unknown = Value.Default(section, { ...groups, ...overrides });
  Value.Assert(section, values);
  return deepFreeze(values as Static<T>);
}
