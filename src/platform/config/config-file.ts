import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
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

  const text = await readBounded(path).catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) {
    if (text.code === 'ENOENT' && options.optional) return empty;
    return failed(`a readable file, got ${text.code ?? 'an error'}`);
  }
  if (text === undefined) return failed(`at most ${yamlBytesMax} bytes`);
  const parsed = parseYaml(text);
  if (parsed.ok) {
    // A relative path in a file of config/ is meant from the folder above.
    return flatten(parsed.value, index, { source: shownName, base: dirname(dirname(path)) });
  }
  const line = parsed.line === undefined ? '' : `, line ${parsed.line}`;
  return failed(`YAML or JSON, found ${parsed.reason}${line}`);
}

/** Reads no more than the limit, whatever the file is: a device has no end. */
async function readBounded(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(yamlBytesMax + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) return buffer.toString('utf8', 0, length);
      length += bytesRead;
    }
    return undefined;
  } finally {
    await file.close();
  }
}
