import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** Where lines go: a SonicBoom, a Node stream, or a test's collector. */
export interface LogDestination {
  write(text: string): unknown;
  on?(event: 'error' | 'write' | 'drop', listener: (detail: Error) => void): unknown;
  flush?(done: () => void): void;
}

export type LogFormat = 'json' | 'pretty';

const flushTimeoutMs = 1000;
/** Lines that wait for a slow reader of stdout; beyond it they are dropped and counted. */
const bufferedBytesMax = 16 * 1024 * 1024;

/** Standard output, written in the background, flushed when the process ends. */
export function standardOutput(): LogDestination {
  return pino.destination({ dest: 1, sync: false, maxLength: bufferedBytesMax }) as unknown as LogDestination;
}

/** Standard error, written at once: for commands, whose standard output is their result. */
export function standardError(): LogDestination {
  return pino.destination({ dest: 2, sync: true }) as unknown as LogDestination;
}

/**
 * The end of the pipe. A destination that fails never throws into the code that logs: the failure is
 * kept for health, and what is lost is counted.
 */
export class LogOutput {
  /** Lines that did not reach the destination. */
  dropped = 0;
  readonly #destination: LogDestination;
  readonly #pretty: ((line: string) => string) | undefined;
  #failure: Error | undefined;
  /** Nobody reads any more; a destination that failed otherwise may recover. */
  #broken = false;

  constructor(destination: LogDestination, format: LogFormat, options: { readonly colorize: boolean }) {
    this.#destination = destination;
    if (format === 'pretty') {
      const ignore = 'service,version,instance';
      this.#pretty = prettyFactory({ colorize: options.colorize, ignore, translateTime: 'HH:MM:ss.l' });
    }
    destination.on?.('error', (error) => this.#failed(error));
    destination.on?.('write', () => {
      if (!this.#broken) this.#failure = undefined;
    });
    destination.on?.('drop', () => {
      this.dropped += 1;
    });
  }

  /** Absent while lines arrive. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  write(line: string): void {
    if (this.#broken) {
      this.dropped += 1;
      return;
    }
    try {
      this.#destination.write(this.#pretty ? this.#pretty(line) : line);
    } catch (error) {
      this.dropped += 1;
      this.#failed(error as Error);
    }
  }

  /** Resolves when what was written is out, or can't be within a second. */
  async flush(): Promise<void> {
    const { flush } = this.#destination;
    if (!flush || this.#broken) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, flushTimeoutMs);
    });
    const flushed = new Promise<void>((resolve) => flush.call(this.#destination, () => resolve()));
    await Promise.race([flushed, limit]);
    clearTimeout(timer);
  }

  #failed(error: Error): void {
    this.#failure = error;
    const { code } = error as NodeJS.ErrnoException;
    const closed = (this.#destination as { destroyed?: boolean }).destroyed === true;
    this.#broken ||= closed || code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
  }
}
