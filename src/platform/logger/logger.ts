import {
  type Bindings,
  type ChildLoggerOptions,
  type Logger as PinoLogger,
  pino,
  stdTimeFunctions,
} from 'pino';
import { currentContext } from '../context/index.js';
import { type LogDestination, type LogFormat, LogOutput, standardOutput } from './log-output.js';
import { safeFields, scrubText } from './redaction.js';

export type Logger = PinoLogger;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  readonly level: LogLevel | 'silent';
  readonly format: LogFormat;
  /** Name of the program: `qingyu`. */
  readonly service: string;
  readonly version: string;
  /** Tells replicas apart. */
  readonly instance: string;
  /** Standard output when absent. */
  readonly destination?: LogDestination;
  /** Colours in the pretty format. */
  readonly colorize?: boolean;
}

export interface LogPipeline {
  readonly log: Logger;
  readonly output: LogOutput;
  /** Lines written, by level; plain numbers, read at a scrape. */
  readonly lines: Readonly<Record<LogLevel, number>>;
}

/** A logger alone, for tools and tests; the application's is `LoggerService`. */
export function createLogger(options: LoggerOptions): Logger {
  return createPipeline(options).log;
}

export function createPipeline(options: LoggerOptions): LogPipeline {
  const { level, format, service, version, instance } = options;
  const colorize = options.colorize ?? (options.destination === undefined && process.stdout.isTTY === true);
  const output = new LogOutput(options.destination ?? standardOutput(), format, { colorize });
  const lines: Record<LogLevel, number> = { trace: 0, debug: 0, info: 0, warn: 0, error: 0, fatal: 0 };
  const log = pino(
    {
      level,
      base: { service, version, instance },
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => safeFields(renameReserved(fields)),
      },
      // Errors are reduced in safeFields already; pino's own serializer would open them again.
      serializers: { err: (fields) => fields, msg: format === 'pretty' ? printableMessage : safeMessage },
      mixin: (_fields, levelNumber, logger) => {
        lines[levelName(levelNumber)] += 1;
        return contextFields(logger as Logger);
      },
    },
    output,
  );
  guardChildren(log);
  return { log, output, lines };
}

/** pino's formatters do not reach a child's own fields, so they are made safe on their way in; children inherit it. */
function guardChildren(log: Logger): void {
  const create: ChildMaker = log.child;
  const guarded: ChildMaker = function (this: Logger, bindings, options) {
    return create.call(this, safeFields(renameReserved(bindings)), options);
  };
  Object.assign(log, { child: guarded });
}

type ChildMaker = (this: Logger, bindings: Bindings, options?: ChildLoggerOptions) => Logger;

function levelName(number: number): LogLevel {
  return logLevels[number / 10 - 1] ?? 'info';
}

const moduleOf = new WeakMap<Logger, boolean>();

/** The context's fields; a module's own logger already says which module. */
function contextFields(logger: Logger): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...currentContext() };
  if (fields.module === undefined) return fields;
  let named = moduleOf.get(logger);
  if (named === undefined) {
    named = logger.bindings().module !== undefined;
    moduleOf.set(logger, named);
  }
  if (named) delete fields.module;
  return fields;
}

/** Members only the logger writes: a second one would win in most JSON parsers and forge the line's level or time. */
const reserved = ['time', 'level', 'service', 'version', 'instance', 'pid', 'hostname'];

function renameReserved(fields: Record<string, unknown>): Record<string, unknown> {
  if (!reserved.some((name) => Object.hasOwn(fields, name))) return fields;
  const renamed = Object.entries(fields).map(([name, value]) => [
    reserved.includes(name) ? `${name}_` : name,
    value,
  ]);
  return Object.fromEntries(renamed);
}

function safeMessage(message: unknown): unknown {
  return typeof message === 'string' ? scrubText(message) : message;
}

/** For the eye a line break or an escape sequence is as good as a new line of the log, or a hidden one. */
function printableMessage(message: unknown): unknown {
  const text = safeMessage(message);
  if (typeof text !== 'string') return text;
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return character === '\t' ? ' ' : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
