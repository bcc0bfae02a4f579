import { Option } from 'commander';
import type { AnyCommand } from '../platform/commands/index.js';

/** What this file reads of an option's schema. */
interface OptionSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: OptionSchema;
  readonly default?: unknown;
  readonly description?: string;
}

/** The options of a command as commander shows and reads them; the command itself checks what they hold. */
export function commanderOptions(command: AnyCommand): Option[] {
  const { properties, required = [] } = command.options as {
    properties: Record<string, OptionSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => {
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
