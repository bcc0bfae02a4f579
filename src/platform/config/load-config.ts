import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Static } from 'typebox';
import { readArguments } from './argument-layer.js';
import { checkValue } from './check-value.js';
import { readConfigFile } from './config-file.js';
import { deepFreeze, type EffectiveKey, maskSecrets } from './effective.js';
import { type Environment, environmentLayer } from './environment-layer.js';
import type { Assignment, Layer } from './layer.js';
import { ConfigError, type ConfigProblem, expectation } from './problem.js';
import { type ConfigKey, type ConfigSections, indexKeys, type KeyIndex } from './section.js';

export const environments = ['development', 'test', 'production'] as const;
export type EnvironmentName = (typeof environments)[number];

export type ConfigValues<S extends ConfigSections> = { readonly [K in keyof S]: Readonly<Static<S[K]>> };

export interface LoadConfigOptions<S extends ConfigSections> {
  readonly sections: S;
  /** Options without the program's own name. */
  readonly argv?: readonly string[];
  readonly env?: Environment;
  /** Working folder: relative paths of the environment and the command line start here. */
  readonly cwd?: string;
  /** Holds default.yaml, a file per environment and local.yaml; the installation's own by default. */
  readonly configFolder?: string;
}

export interface LoadedConfig<S extends ConfigSections = ConfigSections> {
  readonly environment: EnvironmentName;
  /** Everything that is wrong, at once; empty when the configuration may be used. */
  readonly problems: readonly ConfigProblem[];
  /** Deeply frozen. Throws `ConfigError` while there are problems, so that nothing starts half configured. */
  readonly values: ConfigValues<S>;
  /** Where each key's value comes from. */
  readonly sources: Readonly<Record<string, string>>;
  /** Every key with its value and source, secrets masked. */
  describeEffective(): EffectiveKey[];
}

/** `config/` beside `src/` and `dist/`. */
const installedConfigFolder = fileURLToPath(new URL('../../../config', import.meta.url));
const problemsMax = 50;

/**
 * Reads the layers, weakest first: the schema's defaults, default.yaml, the environment's file,
 * local.yaml (not in tests, which must not depend on one machine), `--config` files, environment
 * variables, command line. The key is the unit: a stronger layer replaces a list or a map as a whole.
 */
export async function loadConfig<const S extends ConfigSections>({
  sections,
  argv = [],
  env = {},
  cwd = '.',
  configFolder = installedConfigFolder,
}: LoadConfigOptions<S>): Promise<LoadedConfig<S>> {
  const index = indexKeys(sections);
  const folder = resolve(configFolder);
  const workingFolder = resolve(cwd);
  const environment = environmentName(env);
  const commandLine = readArguments(argv, index, workingFolder);
  const layers: Layer[] = [
    environment.layer,
    ...(await fileLayers(folder, environment.name, index)),
    ...(await extraLayers(commandLine.files, workingFolder, index)),
    environmentLayer(env, index, workingFolder),
    commandLine,
  ];
  return assemble<S>(index, environment.name, layers, dirname(folder));
}

function environmentName(env: Environment): { name: EnvironmentName; layer: Layer } {
  const given = env.NODE_ENV || 'development';
  const name = environments.find((known) => known === given);
  const expected = `one of ${environments.join(', ')}`;
  const problems = name ? [] : [{ key: 'NODE_ENV', expected, source: 'environment NODE_ENV' }];
  // A wrong name is judged by the strictest rules.
  return { name: name ?? 'production', layer: { assignments: [], problems } };
}

function fileLayers(folder: string, environment: EnvironmentName, index: KeyIndex): Promise<Layer[]> {
  const base = dirname(folder);
  const read = (file: string, optional = false) =>
    readConfigFile(join(folder, file), `config/${file}`, index, { base, optional });
  const files = [read('default.yaml'), read(`${environment}.yaml`)];
  if (environment !== 'test') files.push(read('local.yaml', true));
  return Promise.all(files);
}

function extraLayers(files: readonly string[], workingFolder: string, index: KeyIndex): Promise<Layer[]> {
  const read = (file: string) => {
    const path = resolve(workingFolder, file);
    return readConfigFile(path, file, index, { base: dirname(path) });
  };
  return Promise.all(files.map(read));
}

function assemble<S extends ConfigSections>(
  index: KeyIndex,
  environment: EnvironmentName,
  layers: readonly Layer[],
  root: string,
): LoadedConfig<S> {
  const problems = layers.flatMap((layer) => layer.problems);
  const chosen = new Map<ConfigKey, Assignment>();
  for (const { assignments } of layers) for (const a of assignments) chosen.set(a.key, a);

  const values = emptyGroups(index);
  const sources: Record<string, string> = {};
  const effective: EffectiveKey[] = [];
  for (const key of index.keys.values()) {
    const assignment = chosen.get(key) ?? defaultOf(key, root);
    sources[key.name] = assignment?.source ?? 'not set';
    if (!assignment) {
      if (!key.optional) problems.push(missing(key));
      effective.push(describe(key, undefined, 'not set'));
      continue;
    }
    const checked = checkValue(assignment, { production: environment === 'production' });
    problems.push(...checked.problems);
    setAt(values, key.path, checked.value);
    effective.push(describe(key, checked.value, assignment.source));
  }
  return loaded<S>(environment, values, sources, effective, bounded(problems));
}

function loaded<S extends ConfigSections>(
  environment: EnvironmentName,
  values: Record<string, unknown>,
  sources: Record<string, string>,
  effective: EffectiveKey[],
  problems: readonly ConfigProblem[],
): LoadedConfig<S> {
  deepFreeze(values);
  return Object.freeze({
    environment,
    problems,
    sources: Object.freeze(sources),
    get values() {
      if (problems.length > 0) throw new ConfigError(problems);
      return values as ConfigValues<S>;
    },
    describeEffective: () => effective.map((key) => ({ ...key })),
  });
}

/** Every group exists even when nothing in it is set. */
function emptyGroups(index: KeyIndex): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const group of index.groups) setAt(values, group.split('.'), {});
  return values;
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let node = target;
  for (const segment of path.slice(0, -1)) node = node[segment] as Record<string, unknown>;
  node[path.at(-1) as string] = value;
}

function defaultOf(key: ConfigKey, root: string): Assignment | undefined {
  return 'default' in key.schema
    ? { key, value: key.schema.default, source: 'default', base: root }
    : undefined;
}

function missing(key: ConfigKey): ConfigProblem {
  const expected = `${expectation(key.schema)}; set it in config/local.yaml or as ${key.environmentName}`;
  return { key: key.name, expected, source: 'not set' };
}

function describe(key: ConfigKey, value: unknown, source: string): EffectiveKey {
  const { description = '', unit } = key.schema;
  return {
    key: key.name,
    ...(value !== undefined && { value: maskSecrets(key.schema, value) }),
    source,
    description,
    ...(unit !== undefined && { unit }),
  };
}

function bounded(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  if (problems.length <= problemsMax) return Object.freeze([...problems]);
  const rest = problems.length - problemsMax;
  const more = { key: 'further keys', expected: `${rest} more problems to be solved`, source: 'all' };
  return Object.freeze([...problems.slice(0, problemsMax), more]);
}
