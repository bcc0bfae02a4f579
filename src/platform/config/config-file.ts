import { dirname } from 'node:path';
import { readBounded, TooLargeError } from '../files/index.js';
import { flatten, type Layer } from './layer.js';
import type { KeyIndex } from './section.js';
import { parseYaml, yamlBytesMax } from './yaml.js';

const empty: Layer = { assignments: [], problems: [] };

/** A YAML or JSON file as a layer; a file that is not there is a problem unless it is `optional`. */
export async function readConfigFile(
  path: string,
  shownName: string,
  index: KeyIndex,
  options: { readonly optional?: boolean } = {},
): Promise<Layer> {
  const failed = (expected: string): Layer => ({
    assignments: [],
    problems: [{ key: 'whole file', expected, source: shownName }],
  });

  const bytes = await readBounded(path, yamlBytesMax).catch((error: NodeJS.ErrnoException) => error);
  if (bytes instanceof TooLargeError) return failed(`at most ${yamlBytesMax} bytes`);
  if (bytes instanceof Error) {
    if (bytes.code === 'ENOENT' && options.optional) return empty;
    return failed(`a readable file, got ${bytes.code ?? 'an error'}`);
  }
  const parsed = parseYaml(new TextDecoder().decode(bytes));
  if (parsed.ok) {
    // A relative path in a file of config/ is meant from the folder above.
    return flatten(parsed.value, index, { source: shownName, base: dirname(dirname(path)) });
  }
  const line = parsed.line === undefined ? '' : `, line ${parsed.line}`;
  return failed(`YAML or JSON, found ${parsed.reason}${line}`);
}
