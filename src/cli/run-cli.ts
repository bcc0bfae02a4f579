import { basename, resolve } from 'node:path';
import { CommanderError } from 'commander';
import {
  type AnyCommand,
  type CommandOutcome,
  isUsageProblem,
  problemOf,
  readControlFile,
  runCommand,
} from '../platform/commands/index.js';
import { readBounded, TooLargeError } from '../platform/files/index.js';
import { configArguments } from './config-options.js';
import { createProgram, describeResult, type Invocation } from './program.js';
import { ProgressView, type TextOutput } from './progress-view.js';
import { runInServer } from './remote-command.js';

export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/** The application as the command line needs it: built, not started. */
export interface CommandHost {
  readonly commands: readonly AnyCommand[];
  readonly version: string;
  /** Set when the database is embedded, so that only one process may open it. */
  readonly embeddedDataDir: string | undefined;
  /** Opens what the command runs with. */
  start(command: string): Promise<void>;
  stop(): Promise<void>;
}

export interface CliOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Aborts the running command. */
  readonly signal: AbortSignal;
  /** Builds the application from the configuration options of the command line. */
  readonly createHost: (configArgv: readonly string[]) => Promise<CommandHost>;
}

/** Runs one command line and answers its exit code; never rejects. */
export async function runCli(options: CliOptions): Promise<number> {
  const { argv, cwd, stdout, stderr } = options;
  let exitCode: number = exitCodes.ok;
  try {
    const host = await options.createHost(configArguments(argv));
    const program = createProgram({
      commands: host.commands,
      version: host.version,
      ...{ cwd, stdout, stderr },
      invoke: async (invocation) => {
        exitCode = await invoke(host, invocation, options);
      },
    });
    if (argv.length === 0) program.help();
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const { detail } = problemOf(error);
    stderr.write(`${detail}\n`);
    return exitCodes.failed;
  }
}

async function invoke(host: CommandHost, invocation: Invocation, options: CliOptions): Promise<number> {
  const { stdout, stderr } = options;
  const { command, json } = invocation;
  const view = new ProgressView(stderr);
  const outcome = await execute(host, invocation, options, view).finally(() => view.end());
  if (outcome.ok) {
    const lines = json ? [JSON.stringify(outcome.result)] : describeResult(command, outcome.result);
    for (const line of lines) stdout.write(`${line}\n`);
    return command.isFailure?.(outcome.result) ? exitCodes.failed : exitCodes.ok;
  }
  const { problem } = outcome;
  if (json) stdout.write(`${JSON.stringify({ error: problem })}\n`);
  stderr.write(`${problem.title}: ${problem.detail}\n`);
  return isUsageProblem(problem) ? exitCodes.usage : exitCodes.failed;
}

/** In the running server when it holds the database, else in this process. */
async function execute(
  host: CommandHost,
  { command, options, filePath }: Invocation,
  { cwd, signal }: CliOptions,
  view: ProgressView,
): Promise<CommandOutcome> {
  const file = filePath === undefined ? undefined : await readInput(resolve(cwd, filePath), command);
  const fileName = filePath === undefined ? undefined : basename(filePath);
  const io = { file, fileName, signal, progress: view.show.bind(view) };
  const control =
    host.embeddedDataDir === undefined ? undefined : await readControlFile(host.embeddedDataDir);
  const remote = control && (await runInServer(control, { name: command.name, options, ...io }));
  if (remote) return remote;
  await host.start(command.name);
  try {
    return await runCommand(host.commands, command.name, options, io);
  } finally {
    await host.stop();
  }
}

async function readInput(path: string, { file, name }: AnyCommand): Promise<Uint8Array> {
  try {
    return await readBounded(path, file?.maxBytes ?? 0);
  } catch (error) {
    if (error instanceof TooLargeError) throw new Error(`${error.message}; ${name} takes no larger file`);
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Error(`The file ${path} can't be read: ${code}`, { cause: error });
  }
}
