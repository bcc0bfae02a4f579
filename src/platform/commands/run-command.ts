import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { AppError, fill } from '../errors/index.js';
import { scrubText } from '../logger/index.js';
import type { AnyCommand, CommandIo } from './command.js';
import { commandErrors } from './command-errors.js';

export type CommandProgress = Parameters<CommandIo['progress']>[0];

/** Why a command did not do its work, for the person at the terminal. */
export interface CommandProblem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

export type CommandOutcome =
  | { readonly ok: true; readonly result: Record<string, unknown> }
  | { readonly ok: false; readonly problem: CommandProblem; readonly error: unknown };

/** At most ten steps a second go out, however often a command reports. */
const progressIntervalMs = 100;

/**
 * Runs the command `name` once its options and its file are checked. Never rejects. `options` are plain
 * JSON; unknown ones are refused, since a mistyped one would otherwise leave a default in force.
 */
export async function runCommand(
  commands: readonly AnyCommand[],
  name: string,
  options: unknown,
  io: CommandIo,
): Promise<CommandOutcome> {
  try {
    const command = commandNamed(commands, name);
    const checked = checkOptions(command, options);
    checkFile(command, io.file);
    const result = await command.run(checked, { ...io, progress: calmed(io.progress) });
    return { ok: true, result };
  } catch (error) {
    const raised = io.signal.aborted
      ? commandErrors.interrupted({ params: { command: name }, cause: error })
      : error;
    return { ok: false, problem: problemOf(raised), error: raised };
  }
}

export function commandNamed(commands: readonly AnyCommand[], name: string): AnyCommand {
  const command = commands.find((candidate) => candidate.name === name);
  if (command) return command;
  const known = commands.map((candidate) => candidate.name).join(', ');
  throw commandErrors.unknownCommand({ params: { known } });
}

function checkOptions(command: AnyCommand, given: unknown): Record<string, unknown> {
  const options = Value.Default(command.options, structuredClone(given)) as Record<string, unknown>;
  const known: Readonly<Record<string, TSchema>> = command.options.properties;
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  const unknown = isObject ? Object.keys(options).filter((option) => !Object.hasOwn(known, option)) : [];
  const problems = [
    ...unknown.map((option) => `${option.slice(0, 40)} is not an option`),
    ...Value.Errors(command.options, options).map((error) => {
      const [, option] = error.instancePath.split('/');
      return `${option ?? 'options'} ${error.message}`;
    }),
  ];
  if (problems.length === 0) return options;
  throw commandErrors.invalidOptions({ params: { command: command.name, problems: problems.join('; ') } });
}

function checkFile({ name, file }: AnyCommand, content: Uint8Array | undefined): void {
  if (!file) return;
  if (!content) throw commandErrors.fileMissing({ params: { command: name } });
  if (content.byteLength > file.maxBytes) throw fileTooLarge({ name, file });
}

export function fileTooLarge({ name, file }: Pick<AnyCommand, 'name' | 'file'>): AppError {
  return commandErrors.fileTooLarge({ params: { command: name, maxBytes: file?.maxBytes ?? 0 } });
}

/** Passes a step on when it is the first, the last, of another label, or due. */
function calmed(report: CommandIo['progress']): CommandIo['progress'] {
  let lastLabel: string | undefined;
  let lastAtMs = 0;
  return (step) => {
    const nowMs = performance.now();
    const due = nowMs - lastAtMs >= progressIntervalMs;
    if (!due && step.label === lastLabel && step.done < step.total) return;
    lastLabel = step.label;
    lastAtMs = nowMs;
    report(step);
  };
}

const causesMax = 5;

/** The caller owns this machine's data: it may read the words of any error, but no credential in them. */
export function problemOf(error: unknown): CommandProblem {
  if (error instanceof AppError) {
    const { code, title, detail } = error.definition;
    return { code, title: title.en, detail: fill(detail.en, error.options.params) };
  }
  const texts: string[] = [];
  let current = error;
  while (current instanceof Error && texts.length < causesMax) {
    texts.push(current.message);
    current = current.cause;
  }
  const detail = texts.length > 0 ? texts.join(': ') : String(error);
  return { code: 'command-failed', title: 'The command failed', detail: scrubText(detail) };
}
