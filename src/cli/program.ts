import { Command as Program } from 'commander';
import type { AnyCommand } from '../platform/commands/index.js';
import { argumentOptions, commanderArguments, commanderOptions } from './command-options.js';
import { configOptions } from './config-options.js';
import { printable, type TextOutput } from './progress-view.js';

/** What the words of a command line ask for. */
export interface Invocation {
  readonly command: AnyCommand;
  readonly options: Record<string, unknown>;
  /** Path of the file, for a command that takes one. */
  readonly filePath: string | undefined;
  /** Print the result as JSON. */
  readonly json: boolean;
}

export interface ProgramOptions {
  readonly commands: readonly AnyCommand[];
  readonly version: string;
  readonly cwd: string;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  readonly invoke: (invocation: Invocation) => Promise<void>;
}

/** The command line, made from the declared commands. It throws commander's errors instead of ending the process. */
export function createProgram(options: ProgramOptions): Program {
  const { commands, version, stdout, stderr } = options;
  const program = new Program('qingyu')
    .description('Qingyu (青羽), the platform a web-novel company runs on')
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError('(--help lists commands and options)')
    .exitOverride();
  for (const option of configOptions()) program.addOption(option);
  program.option('--json', 'print the result as JSON');
  const shared = new Set(program.options.map((option) => option.long));
  for (const command of commands)
    program.addCommand(subcommand(command, shared, options).copyInheritedSettings(program));
  return program;
}

function subcommand(
  command: AnyCommand,
  shared: ReadonlySet<string | null | undefined>,
  { cwd, invoke }: ProgramOptions,
): Program {
  const sub = new Program(command.name).description(command.summary);
  for (const argument of commanderArguments(command)) sub.addArgument(argument);
  for (const option of commanderOptions(command)) {
    if (shared.has(option.long)) {
      throw new Error(
        `The command ${command.name} declares the option ${option.long}, which every command has.`,
      );
    }
    sub.addOption(option);
  }
  return sub.action(() => {
    const { json } = sub.optsWithGlobals<{ json?: boolean }>();
    const filePath = command.file ? sub.args[0] : undefined;
    const options = { ...sub.opts(), ...argumentOptions(command, sub.args, cwd) };
    return invoke({ command, options, filePath, json: json ?? false });
  });
}

/** The result for people: what the command says about it, else a line for each member. */
export function describeResult(command: AnyCommand, result: Record<string, unknown>): string[] {
  const own = command.describe?.(result).flatMap((text) => text.split('\n'));
  const lines = own ?? Object.entries(result).map(([name, value]) => `${name}: ${plain(value)}`);
  return lines.map(printable);
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
