import { permits } from '../../../platform/http/index.js';

/** Of `wanted` patterns those that are more than what is `held`: only `*` covers `*`, and no list of actions covers `area.*`. */
export function beyond(held: readonly string[], wanted: readonly string[]): readonly string[] {
  return wanted.filter((pattern) => !permits(held, pattern));
}

/** Of `patterns` those that match nothing in a catalogue of permissions and patterns. */
export function unknownIn(catalogue: readonly string[], patterns: readonly string[]): readonly string[] {
  const areas = new Set(catalogue.map(areaOf));
  const known = new Set(catalogue);
  return patterns.filter((pattern) =>
    pattern.endsWith('.*') ? !areas.has(areaOf(pattern)) : !known.has(pattern),
  );
}

function areaOf(permission: string): string {
  return permission.slice(0, permission.indexOf('.'));
}
