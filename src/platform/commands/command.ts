import type { Static, TObject } from 'typebox';

export interface CommandIo {
  /** Content of the file named on the command line, for a command that declares `file`. */
  readonly file: Uint8Array | undefined;
  /** What that file is called, without its folder; absent when its sender did not say. */
  readonly fileName?: string | undefined;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  progress(step: { label: string; done: number; total: number }): void;
}

/**
 * A command of `qingyu`. It runs in the process that owns the data: in the running server when the
 * database is embedded, else in the command line's own process. The result is plain JSON.
 */
export interface Command<A extends TObject = TObject> {
  /** kebab-case: `import-book`. */
  readonly name: string;
  readonly summary: string;
  /**
   * Named options; each property has a description. With `argument: true` the command line takes it without
   * its name, in the order of declaration; with `path: true` such an argument arrives as an absolute path.
   */
  readonly options: A;
  /** Set when the first argument is a file whose content the command wants. */
  readonly file?: { readonly description: string; readonly maxBytes: number };
  run(options: Static<A>, io: CommandIo): Promise<Record<string, unknown>>;
  /** A result that is bad news, such as a check that found something, or work that is left: it is printed and the exit code says so. */
  isFailure?(result: Record<string, unknown>): boolean;
  /** The result for people, a line each; JSON is printed without it. */
  describe?(result: Record<string, unknown>): string[];
  /**
   * It wants the installation as it is: run in a process of its own, only its module's service and those
   * that this needs are started, so that no other has put its first rows into the database.
   */
  readonly alone?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of commands is heterogeneous.
export type AnyCommand = Command<any>;

export function defineCommand<A extends TObject>(command: Command<A>): Command<A> {
  return command;
}
