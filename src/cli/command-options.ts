import { resolve } from 'node:path';
import { Argument, Option } from 'commander';
import type { AnyCommand } from '../platform/commands/index.js';

/** What this file reads of an option's schema. */
interface OptionSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: OptionSchema;
  readonly default?: unknown;
  readonly description?: string;
  readonly argument?: boolean;
  readonly path?: boolean;
}

function schemasOf(command: AnyCommand): [string, OptionSchema][] {
  return Object.entries(command.options.properties as Record<string, OptionSchema>);
}

/** What stands after the command without a name of its own: its file, then its options that are arguments. */
export function commanderArguments(command: AnyCommand): Argument[] {
  const named = schemasOf(command).filter(([, schema]) => schema.argument);
  return [
    ...(command.file ? [new Argument('<file>', command.file.description)] : []),
    ...named.map(([name, schema]) => new Argument(`<${name}>`, schema.description ?? '')),
  ];
}

/** The options that were given as arguments. A path is meant from the folder it was typed in, wherever the command runs. */
export function argumentOptions(
  command: AnyCommand,
  given: readonly string[],
  cwd: string,
): Record<string, string> {
  const words = command.file ? given.slice(1) : given;
  const named = schemasOf(command).filter(([, schema]) => schema.argument);
  return Object.fromEntries(
    named.map(([name, { path }], index) => {
      const word = words[index] ?? '';
      return [name, path ? resolve(cwd, word) : word];
    }),
  );
}

/** The options of a command as commander shows and reads them; the command itself checks what they hold. */
export function commanderOptions(command: AnyCommand): Option[] {
  const { required = [] } = command.options as { required?: string[] };
  const named = schemasOf(command).filter(([, schema]) => !schema.argument);
  return named.map(([name, schema]) => {
    const option = new Option(flagsOf(name, schema), schema.description ?? '');
    if (schema.enum) option.choices(schema.enum.map(String));
    else if (schema.type !== 'boolean') option.argParser(parserOf(schema));
    // The default is only shown: the command fills it in, wherever it runs.
    if (schema.default !== undefined) option.description += ` (default: ${JSON.stringify(schema.default)})`;
    option.mandatory = required.includes(name) && schema.default === undefined && schema.type !== 'boolean';
    return option;
  });
}

function flagsOf(name: string, schema: OptionSchema): string {
  const kebab = name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  if (schema.type === 'boolean') return schema.default === true ? `--no-${kebab}` : `--${kebab}`;
  if (schema.type === 'array') return `--${kebab} <value...>`;
  return schema.type === 'integer' || schema.type === 'number' ? `--${kebab} <number>` : `--${kebab} <text>`;
}

/** Text that is no number goes on as it is, and the command says what it expected. */
function parserOf(schema: OptionSchema): (text: string, previous: unknown) => unknown {
  const isNumber = (one: OptionSchema | undefined) => one?.type === 'integer' || one?.type === 'number';
  const convert = (text: string, numeric: boolean) =>
    numeric && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (schema.type !== 'array') return (text) => convert(text, isNumber(schema));
  return (text, previous) => [
    ...(Array.isArray(previous) ? previous : []),
    convert(text, isNumber(schema.items)),
  ];
}
