import type { TObject, TSchema } from 'typebox';

/**
 * Keys of one part of the platform, `server: { port }`. Each key has a `description` and a `default`
 * (or is optional), numbers a `unit`. Beyond JSON Schema these annotations are understood:
 *
 * - `unit: 'ms'`: what a number counts; shown in the reference.
 * - `secret: true`: the value is never shown, logged or put into an error.
 * - `refuseInProduction: [...]`: values that stop the start when NODE_ENV is production.
 * - `path: true`: a relative path is made absolute: from the working folder when the environment or the
 *   command line gave it, from its own folder for a `--config` file, else from the installation's.
 */
export type ConfigSections = Readonly<Record<string, TObject>>;

/** JSON Schema members this package reads, whatever builder made them. */
export interface SchemaView {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly unit?: string;
  readonly secret?: boolean;
  readonly path?: boolean;
  readonly refuseInProduction?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaView[];
  readonly items?: SchemaView;
  readonly properties?: Readonly<Record<string, SchemaView>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly patternProperties?: Readonly<Record<string, SchemaView>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
}

export interface ConfigKey {
  /** `server.port` */
  readonly name: string;
  readonly path: readonly string[];
  /** `QINGYU_SERVER__PORT` */
  readonly environmentName: string;
  readonly schema: TSchema & SchemaView;
  /** A key without a default that may stay unset. */
  readonly optional: boolean;
}

/** All keys of an application, by name and by environment variable, with the groups above them. */
export interface KeyIndex {
  readonly keys: ReadonlyMap<string, ConfigKey>;
  readonly groups: ReadonlySet<string>;
  /** Keys and groups by environment variable. */
  readonly byEnvironmentName: ReadonlyMap<string, string>;
}

export const environmentPrefix = 'QINGYU_';

/** `auth.adminPassword` -> `QINGYU_AUTH__ADMIN_PASSWORD`; a unit such as MiB stays one word. */
function environmentNameOf(path: readonly string[]): string {
  const segments = path.map((segment) =>
    segment
      .replace(/([KMGT])iB/g, '$1ib')
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replaceAll('-', '_')
      .toUpperCase(),
  );
  return environmentPrefix + segments.join('__');
}

/** Throws when two keys would share an environment variable: a mistake of whoever wrote the sections. */
export function indexKeys(sections: ConfigSections): KeyIndex {
  const keys = new Map<string, ConfigKey>();
  const groups = new Set<string>();
  const byEnvironmentName = new Map<string, string>();

  const register = (path: readonly string[]) => {
    const environmentName = environmentNameOf(path);
    const name = path.join('.');
    const other = byEnvironmentName.get(environmentName);
    if (other !== undefined) {
      throw new Error(
        `Configuration keys ${other} and ${name} share the variable ${environmentName}: rename one.`,
      );
    }
    byEnvironmentName.set(environmentName, name);
    return { environmentName, name };
  };

  const walk = (group: SchemaView, path: readonly string[]) => {
    groups.add(register(path).name);
    for (const [property, schema] of Object.entries(group.properties ?? {})) {
      const childPath = [...path, property];
      if (isGroup(schema)) {
        walk(schema, childPath);
        continue;
      }
      const { environmentName, name } = register(childPath);
      const optional = !(group.required ?? []).includes(property);
      keys.set(name, { name, path: childPath, environmentName, schema, optional });
    }
  };
  for (const [name, section] of Object.entries(sections)) walk(section, [name]);
  return { keys, groups, byEnvironmentName };
}

/** An object with fixed properties holds further keys; lists and maps are values, replaced as a whole. */
function isGroup(schema: SchemaView): boolean {
  return schema.type === 'object' && schema.properties !== undefined && !('default' in schema);
}
