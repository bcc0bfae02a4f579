import { parseArgs } from 'node:util';
import { Option } from 'commander';

/** Options that every command takes, since they decide which installation it works on. */
export function configOptions(): Option[] {
  const collect = (value: string, previous: string[] = []) => [...previous, value];
  return [
    new Option('--config <file>', 'read a configuration file, may be repeated').argParser(collect),
    new Option('--set <key=value>', 'set a configuration key, may be repeated').argParser(collect),
    new Option('--data <folder>', 'work on this data folder'),
  ];
}

const names: readonly string[] = ['config', 'set', 'data'];

/**
 * The part of a command line that concerns the configuration, in the order given: it has to be read
 * before the commands are known, since the configuration decides which there are.
 */
export function configArguments(argv: readonly string[]): string[] {
  const string = { type: 'string' } as const;
  const { tokens } = parseArgs({
    args: [...argv],
    options: { config: string, set: string, data: string },
    strict: false,
    tokens: true,
  });
  return tokens.flatMap((token) =>
    token.kind === 'option' && names.includes(token.name) && token.value !== undefined
      ? [`--${token.name}=${token.value}`]
      : [],
  );
}
