import { parseArgs } from 'node:util';
import { type Assignment, assignText, type Layer } from './layer.js';
import type { ConfigProblem } from './problem.js';
import { printable } from './problem.js';
import type { KeyIndex } from './section.js';

/** Options with a key of their own. */
const shortcuts: Readonly<Record<string, string>> = {
  host: 'server.host',
  port: 'server.port',
  data: 'data.dir',
};

const argumentUsage = '--config FILE, --set KEY=VALUE, --port PORT, --host ADDRESS, --data FOLDER';

export interface Arguments extends Layer {
  /** Files of `--config`, in order. */
  readonly files: readonly string[];
}

/** The configuration on a command line. Of a key given twice the last one counts. */
export function readArguments(argv: readonly string[], index: KeyIndex, base: string): Arguments {
  const files: string[] = [];
  const assignments: Assignment[] = [];
  const problems: ConfigProblem[] = [];
  const assign = (option: string, key: string, text: string) => {
    const layer = assignText(key, text, index, { source: `command line --${option}`, base });
    assignments.push(...layer.assignments);
    problems.push(...layer.problems);
  };

  const string = { type: 'string' } as const;
  const options = { config: string, set: string, host: string, port: string, data: string };
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    // The word itself is not repeated: it may be a value that lost its option.
    const name = token.kind === 'option' ? token.name : undefined;
    if (name === undefined || !Object.hasOwn(options, name)) {
      const key = name === undefined ? 'an argument without an option' : printable(`--${name}`);
      problems.push({ key, expected: argumentUsage, source: 'command line' });
      continue;
    }
    const value = token.kind === 'option' ? token.value : undefined;
    const separator = value?.indexOf('=') ?? -1;
    if (value === undefined || (name === 'set' && separator < 1)) {
      problems.push({ key: `--${name}`, expected: argumentUsage, source: 'command line' });
    } else if (name === 'config') files.push(value);
    else if (name === 'set') assign('set', value.slice(0, separator), value.slice(separator + 1));
    else assign(name, shortcuts[name] as string, value);
  }
  return { files, assignments, problems };
}
