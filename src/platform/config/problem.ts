import type { SchemaView } from './section.js';

/** One thing to repair. Never holds a value: it may be a secret that landed under the wrong key. */
export interface ConfigProblem {
  /** Dotted key, or what stands in its place: a file, a variable, an option. */
  readonly key: string;
  readonly expected: string;
  /** Where it was given: `config/local.yaml`, `environment QINGYU_SERVER__PORT`, `command line --port`. */
  readonly source: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super([`The configuration has ${count}:`, ...problems.map((p) => `  ${formatProblem(p)}`)].join('\n'));
    this.problems = problems;
  }
}

export function formatProblem({ key, expected, source }: ConfigProblem): string {
  return `${key}: expected ${expected} (${source})`;
}

const printedKeyLengthMax = 80;

/** A name out of somebody's file, made safe for a terminal and a log line. */
export function printable(name: string): string {
  const safe = name.replace(/[^\x20-\x7e\u00a1-\u2027\u2030-\ud7ff\uf900-\ufdff]/gu, '?');
  return safe.length > printedKeyLengthMax ? `${safe.slice(0, printedKeyLengthMax)}…` : safe;
}

/** What a schema accepts, in words: `an integer from 0 to 65535 (TCP port)`. */
export function expectation(schema: SchemaView): string {
  const choices = allowedValues(schema);
  if (choices) return choices.length === 1 ? String(choices[0]) : `one of ${choices.join(', ')}`;
  if (schema.anyOf) return schema.anyOf.map(expectation).join(', or ');
  const unit = schema.unit ? ` (${schema.unit})` : '';
  switch (schema.type) {
    case 'integer':
      return `an integer${range(schema.minimum, schema.maximum, schema)}${unit}`;
    case 'number':
      return `a number${range(schema.minimum, schema.maximum, schema)}${unit}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return `text${textRule(schema)}`;
    case 'array':
      return `a list${range(schema.minItems, schema.maxItems)} of entries, each ${expectation(schema.items ?? {})}`;
    case 'object':
      return schema.properties
        ? `an object with ${Object.keys(schema.properties).join(', ')}`
        : 'a map of names';
    case 'null':
      return 'null';
    default:
      return 'another value';
  }
}

function allowedValues(schema: SchemaView): readonly unknown[] | undefined {
  if (schema.enum) return schema.enum;
  if ('const' in schema) return [schema.const];
  if (schema.anyOf?.every((s) => 'const' in s)) return schema.anyOf.map((s) => s.const);
  return undefined;
}

function range(least: number | undefined, most: number | undefined, schema: SchemaView = {}): string {
  const above = schema.exclusiveMinimum === undefined ? '' : ` above ${schema.exclusiveMinimum}`;
  const below = schema.exclusiveMaximum === undefined ? '' : ` below ${schema.exclusiveMaximum}`;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` of at least ${least}${below}`;
  if (most !== undefined) return `${above} of at most ${most}`;
  return above + below;
}

function textRule({ minLength, maxLength, pattern, format }: SchemaView): string {
  if (format) return ` in the format ${format}`;
  if (pattern) return ` matching ${pattern}`;
  if (minLength === 1 && maxLength === undefined) return ' that is not empty';
  return `${range(minLength, maxLength)}${minLength === undefined && maxLength === undefined ? '' : ' characters'}`;
}
