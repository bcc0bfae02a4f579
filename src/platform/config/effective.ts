import type { SchemaView } from './section.js';

const mask = '********';

/** A key as it is in force. */
export interface EffectiveKey {
  readonly key: string;
  /** Secrets read `********`; absent when the key is not set. */
  readonly value?: unknown;
  readonly source: string;
  readonly description: string;
  readonly unit?: string;
}

/** A copy in which everything marked secret, at any depth, is masked. */
export function maskSecrets(schema: SchemaView | undefined, value: unknown): unknown {
  if (schema?.secret) return mask;
  if (Array.isArray(value)) return value.map((entry) => maskSecrets(schema?.items, entry));
  if (typeof value !== 'object' || value === null) return value;
  const anyName = Object.values(schema?.patternProperties ?? {})[0];
  const entries = Object.entries(value).map(([name, child]) => {
    const inner = schema?.properties?.[name] ?? anyName;
    return [name, maskSecrets(inner ?? variantOf(schema, name), child)] as const;
  });
  return Object.fromEntries(entries);
}

/** In a choice of objects a name is secret if it is so in any of them. */
function variantOf(schema: SchemaView | undefined, name: string): SchemaView | undefined {
  const inner = schema?.anyOf?.flatMap((variant) => variant.properties?.[name] ?? []);
  return inner?.find((candidate) => candidate.secret) ?? inner?.[0];
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
