import { newNameOf } from './moved-keys.js';
import { type ConfigProblem, expectation, printable } from './problem.js';
import type { ConfigKey, KeyIndex, SchemaView } from './section.js';
import { similarName } from './similar-name.js';
import { parseYaml } from './yaml.js';

/** A value for a key, not yet checked against its schema. */
export interface Assignment {
  readonly key: ConfigKey;
  readonly value: unknown;
  readonly source: string;
  /** Folder from which a relative path is meant. */
  readonly base: string;
}

/** What one place says: a file, the environment, the command line. */
export interface Layer {
  readonly assignments: readonly Assignment[];
  readonly problems: readonly ConfigProblem[];
}

export interface Origin {
  readonly source: string;
  readonly base: string;
}

/** The assignments in a tree of sections and keys. Every key it does not know is a problem. */
export function flatten(tree: unknown, index: KeyIndex, origin: Origin, prefix = ''): Layer {
  const assignments: Assignment[] = [];
  const problems: ConfigProblem[] = [];
  const { source } = origin;

  const walk = (node: unknown, path: string) => {
    // An empty section ("server:") is null.
    if (node === null) return;
    if (typeof node !== 'object' || Array.isArray(node)) {
      problems.push({ key: path || 'whole file', expected: 'keys below it', source });
      return;
    }
    for (const [property, value] of Object.entries(node)) {
      const name = path ? `${path}.${property}` : property;
      const key = index.keys.get(name);
      // "server.port" beside "server: { port }".
      if (key && assignments.some((a) => a.key === key))
        problems.push({ key: name, expected: 'to be given once', source });
      else if (key) assignments.push({ key, value, ...origin });
      else if (index.groups.has(name)) walk(value, name);
      else problems.push(unknownKey(name, index, source));
    }
  };
  walk(tree, prefix);
  return { assignments, problems };
}

/** `text` for the key or group `name`, from the environment or the command line. */
export function assignText(name: string, text: string, index: KeyIndex, origin: Origin): Layer {
  const key = index.keys.get(name);
  if (key) {
    const read = readText(text, key);
    return read.ok
      ? { assignments: [{ key, value: read.value, ...origin }], problems: [] }
      : { assignments: [], problems: [{ key: name, expected: read.expected, source: origin.source }] };
  }
  if (!index.groups.has(name)) {
    return { assignments: [], problems: [unknownKey(name, index, origin.source)] };
  }
  const parsed = parseYaml(text);
  if (parsed.ok) return flatten(parsed.value, index, origin, name);
  const expected = `keys and values as JSON or YAML, found ${parsed.reason}`;
  return { assignments: [], problems: [{ key: name, expected, source: origin.source }] };
}

function unknownKey(name: string, index: KeyIndex, source: string): ConfigProblem {
  const moved = newNameOf(name);
  if (moved) return { key: name, expected: `to be called ${moved}, its name since 0.2.0`, source };
  const similar = similarName(name, [...index.keys.keys(), ...index.groups]);
  const hint = similar ? `, did you mean ${similar}?` : ', see docs/reference/configuration.md';
  return { key: printable(name), expected: `a known key${hint}`, source };
}

type ReadText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly expected: string };

/** Text as the type of its key; what does not convert stays text and is refused by the schema. */
function readText(text: string, key: ConfigKey): ReadText {
  const types = typesOf(key.schema);
  if (types.has('array') || types.has('object')) {
    const parsed = parseYaml(text);
    if (parsed.ok) return parsed;
    return { ok: false, expected: `${expectation(key.schema)}, as JSON or YAML, found ${parsed.reason}` };
  }
  if (types.has('string')) return { ok: true, value: text };
  if ((types.has('integer') || types.has('number')) && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) {
    return { ok: true, value: Number(text) };
  }
  if (types.has('boolean') && /^(true|false)$/.test(text)) return { ok: true, value: text === 'true' };
  return { ok: true, value: text };
}

function typesOf(schema: SchemaView): Set<string> {
  if (schema.anyOf) return new Set(schema.anyOf.flatMap((s) => [...typesOf(s)]));
  if (schema.enum) return new Set(schema.enum.map((value) => typeof value));
  return new Set(schema.type ? [schema.type] : []);
}
