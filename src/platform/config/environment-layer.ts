import { assignText, type Layer } from './layer.js';
import { newNameOf } from './moved-keys.js';
import type { ConfigProblem } from './problem.js';
import { printable } from './problem.js';
import { environmentPrefix, type KeyIndex } from './section.js';
import { similarName } from './similar-name.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names that hosting platforms set; our own name for the same key wins over them. */
const commonNames: Readonly<Record<string, string>> = {
  DATABASE_URL: 'database.url',
  REDIS_URL: 'redis.url',
};

/** Read by the test suite, not by the application. */
const ignoredPrefix = 'QINGYU_TEST_';

/**
 * `QINGYU_SECTION__KEY` and the common names. An empty variable counts as not set, since that is
 * what `${NAME:-}` in a compose file gives. An unknown `QINGYU_` name is a problem: it is a typing
 * error that would otherwise leave a default in force.
 */
export function environmentLayer(env: Environment, index: KeyIndex, base: string): Layer {
  const layers: Layer[] = [];
  const problems: ConfigProblem[] = [];
  const read = (variable: string, key: string, text: string) =>
    layers.push(assignText(key, text, index, { source: `environment ${variable}`, base }));

  for (const [variable, key] of Object.entries(commonNames)) {
    if (env[variable] && index.keys.has(key)) read(variable, key, env[variable]);
  }
  // Shorter names first: the key's own variable wins over one that gives a whole section.
  const variables = Object.keys(env).filter((name) => name.startsWith(environmentPrefix));
  for (const variable of variables.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
    const text = env[variable];
    if (!text || variable.startsWith(ignoredPrefix)) continue;
    const key = index.byEnvironmentName.get(variable);
    if (key !== undefined) read(variable, key, text);
    else problems.push(unknownVariable(variable, index));
  }
  return {
    assignments: layers.flatMap((layer) => layer.assignments),
    problems: [...layers.flatMap((layer) => layer.problems), ...problems],
  };
}

function unknownVariable(variable: string, index: KeyIndex): ConfigProblem {
  const moved = newNameOf(variable);
  if (moved) {
    return {
      key: variable,
      expected: `to be called ${moved}, its name since 0.2.0`,
      source: 'environment',
    };
  }
  const similar = similarName(variable, index.byEnvironmentName.keys());
  const hint = similar ? `, did you mean ${similar}?` : ', see docs/reference/configuration.md';
  return { key: printable(variable), expected: `a known variable${hint}`, source: 'environment' };
}
