import { isAbsolute, resolve } from 'node:path';
import { Value } from 'typebox/value';
import type { Assignment } from './layer.js';
import { type ConfigProblem, expectation, printable } from './problem.js';
import type { SchemaView } from './section.js';

/** Secrets nobody chose: refused in production wherever a key is marked secret. */
const weakSecrets: ReadonlySet<string> = new Set(
  'admin changeme change-me default demo example letmein passw0rd password postgres qingyu root secret test 123456 12345678'.split(
    ' ',
  ),
);

export interface CheckedValue {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
}

/** The value with the defaults of its inner keys filled in, and all that is wrong with it. */
export function checkValue(
  { key, value: given, source, base }: Assignment,
  options: { readonly production: boolean },
): CheckedValue {
  const { schema, name } = key;
  const value = Value.Default(schema, structuredClone(given));
  const expectedByKey = new Map<string, string>();
  const report = (path: readonly string[], expected: string) => {
    const dotted = [name, ...path.map(printable)].join('.');
    if (!expectedByKey.has(dotted)) expectedByKey.set(dotted, expected);
  };

  reportUnknownKeys(schema, value, [], report);
  for (const error of Value.Errors(schema, value)) {
    const path = error.instancePath.split('/').slice(1).map(unescapePointer);
    report(path, expectationOf(error, schemaAt(schema, path)));
  }
  if (options.production) reportRefused(schema, value, [], report);
  return {
    value: schema.path && typeof value === 'string' && !isAbsolute(value) ? resolve(base, value) : value,
    problems: [...expectedByKey].map(([problemKey, expected]) => ({ key: problemKey, expected, source })),
  };
}

type Report = (path: readonly string[], expected: string) => void;

function expectationOf(
  error: ReturnType<typeof Value.Errors>[number],
  schema: SchemaView | undefined,
): string {
  if (error.keyword === 'required') return `the keys ${error.params.requiredProperties.join(', ')}`;
  return schema ? expectation(schema) : 'no such key';
}

/** The schema for a place inside a value; undefined where the value has something unforeseen. */
function schemaAt(schema: SchemaView, path: readonly string[]): SchemaView | undefined {
  let current: SchemaView | undefined = schema;
  for (const segment of path) current = current && childSchema(current, segment);
  return current;
}

function childSchema(schema: SchemaView, segment: string): SchemaView | undefined {
  if (schema.items) return schema.items;
  if (schema.properties && Object.hasOwn(schema.properties, segment)) return schema.properties[segment];
  return Object.values(schema.patternProperties ?? {})[0];
}

/** Objects inside values are closed too, and `__proto__` is never a name, not even in a free map. */
function reportUnknownKeys(
  schema: SchemaView | undefined,
  value: unknown,
  path: readonly string[],
  report: Report,
) {
  if (typeof value !== 'object' || value === null) return;
  for (const [property, child] of Object.entries(value)) {
    const childPath = [...path, property];
    const inner = schema && childSchema(schema, property);
    const unknown = schema?.properties !== undefined && inner === undefined && !schema.additionalProperties;
    if (property === '__proto__' || unknown) {
      const known = Object.keys(schema?.properties ?? {});
      report(childPath, known.length > 0 ? `one of the keys ${known.join(', ')}` : 'another name');
    } else reportUnknownKeys(inner, child, childPath, report);
  }
}

function reportRefused(
  schema: SchemaView | undefined,
  value: unknown,
  path: readonly string[],
  report: Report,
) {
  if (!schema) return;
  const weak = schema.secret && typeof value === 'string' && weakSecrets.has(value.toLowerCase());
  if (weak || schema.refuseInProduction?.some((refused) => Value.Equal(refused, value))) {
    report(path, 'a value of your own in production, not a default or a well-known one');
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [property, child] of Object.entries(value)) {
    reportRefused(childSchema(schema, property), child, [...path, property], report);
  }
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
