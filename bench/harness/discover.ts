import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from '../scenario.js';
import { UsageError } from './arguments.js';

export interface NamedScenario extends Scenario {
  readonly name: string;
}

const suffix = '.bench.ts';

/** The scenarios of `sources`, sorted by name: a file `<name>.bench.ts` each, run from its compiled twin in `compiled`. */
export async function discoverScenarios(sources: string, compiled: string): Promise<NamedScenario[]> {
  const names = readdirSync(sources)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const file = pathToFileURL(join(compiled, `${name}.bench.js`)).href;
      const scenario: unknown = (await import(file)).default;
      if (!isScenario(scenario))
        throw new Error(
          `${name}${suffix} has to export a scenario by default: export default defineScenario(…)`,
        );
      return { ...scenario, name };
    }),
  );
}

function isScenario(value: unknown): value is Scenario {
  const { summary, run } = (value ?? {}) as Partial<Scenario>;
  return typeof summary === 'string' && typeof run === 'function';
}

/** The scenarios of these names, all for no name. Raises for a name that there is not. */
export function chooseScenarios<S extends { name: string }>(
  all: readonly S[],
  names: readonly string[],
): S[] {
  const unknown = names.filter((name) => !all.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    const known = all.map((scenario) => scenario.name).join(', ');
    throw new UsageError(`there is no scenario ${unknown.join(', ')}; there are ${known}`);
  }
  return names.length === 0 ? [...all] : all.filter((scenario) => names.includes(scenario.name));
}
