import type { AppError } from '../../../platform/errors/index.js';
import { permits } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';

/**
 * 403 for patterns that are more than what is `held`, which nobody gives or takes: only `*` covers `*`, and no list of
 * actions covers `area.*`.
 */
export function refuseBeyond(held: readonly string[], wanted: readonly string[]): AppError | undefined {
  const missing = wanted.filter((pattern) => !permits(held, pattern));
  if (missing.length === 0) return undefined;
  return authErrors.permissionNotHeld({ params: { permissions: missing.join(', ') } });
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
