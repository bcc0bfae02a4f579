import { readBounded, TooLargeError } from '../files/index.js';
import { flatten, type Layer } from './layer.js';
import type { KeyIndex } from './section.js';
import { parseYaml, yamlBytesMax } from './yaml.js';

const empty: Layer = { assignments: [], problems: [] };

/** A YAML or JSON file as a layer, relative paths in it from `base`; it must be there unless it is `optional`. */
export async function readConfigFile(
  path: string,
  shownName: string,
  index: KeyIndex,
  { base, optional = false }: { readonly base: string; readonly optional?: boolean },
): Promise<Layer> {
  const failed = (expected: string): Layer => ({
    assignments: [],
    problems: [{ key: 'whole file', expected, source: shownName }],
  });

  const bytes = await readBounded(path, yamlBytesMax).catch((error: NodeJS.ErrnoException) => error);
  if (bytes instanceof TooLargeError) return failed(`at most ${yamlBytesMax} bytes`);
  if (bytes instanceof Error) {
    if (bytes.code === 'ENOENT' && optional) return empty;
    return failed(`a readable file, got ${bytes.code ?? 'an error'}`);
  }
  const parsed = parseYaml(new TextDecoder().decode(bytes));
  if (parsed.ok) return flatten(parsed.value, index, { source: shownName, base });
  const line = parsed.line === undefined ? '' : `, line ${parsed.line}`;
  return failed(`YAML or JSON, found ${parsed.reason}${line}`);
}
