import { Worker } from 'node:worker_threads';

export interface WorkerInput {
  /** Folder of the database; absent: in memory. */
  readonly dataDir?: string;
  /** Content of a new database, as made by `buildSnapshot`. */
  readonly snapshot?: Uint8Array;
}

export type WorkerOutput =
  | { readonly kind: 'opened' | 'closed' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** How a worker gets its database; called for each start of one. */
export interface PgliteSource {
  prepare(): Promise<WorkerInput>;
  /** The database is open: from now on it holds what it acknowledges. */
  opened(): Promise<void>;
}

interface Exchange {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The thread that runs PGlite. It takes one message at a time. A thread that was ended, or died, is
 * replaced at the next `start`; a database in memory is gone with its thread and is not.
 */
export class PgliteHost {
  readonly #source: PgliteSource;
  #worker: Worker | undefined;
  #starting: Promise<void> | undefined;
  #ending: Promise<unknown> = Promise.resolve();
  #last: Promise<unknown> = Promise.resolve();
  #current: Exchange | undefined;

  constructor(source: PgliteSource) {
    this.#source = source;
  }

  /** Resolves when the database is open; at once when it already is. */
  start(): Promise<void> {
    this.#starting ??= this.#open().catch((error) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** Sends complete protocol messages and waits for all of the answer; one exchange after the other. */
  exchange(message: Uint8Array): Promise<Uint8Array> {
    const answer = this.#last.then(() => this.#send(message));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the thread whatever it does; what it has acknowledged is in its folder. */
  async terminate(): Promise<void> {
    const worker = this.#worker;
    if (worker) {
      this.#forget(worker, new Error('the embedded database was ended'));
      this.#ending = worker.terminate();
    }
    await this.#ending;
  }

  /** Closes the database in good order, or ends the thread when that takes longer than `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    const worker = this.#worker;
    if (!worker) return void (await this.#ending);
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    const limit = setTimeout(() => void worker.terminate(), timeoutMs);
    worker.postMessage('close');
    await gone;
    clearTimeout(limit);
  }

  #send(message: Uint8Array): Promise<Uint8Array> {
    const worker = this.#worker;
    if (!worker) throw new Error('the embedded database is not running');
    return new Promise((resolve, reject) => {
      this.#current = { resolve, reject };
      // A copy, since the buffer moves to the thread and the sender may share it with other messages.
      const own = Uint8Array.from(message);
      worker.postMessage(own, [own.buffer]);
    });
  }

  async #open(): Promise<void> {
    await this.#ending;
    const worker = new Worker(workerFile(), {
      workerData: await this.#source.prepare(),
      // Neither loaders nor test options of this process concern the thread.
      execArgv: [],
      env: {},
    });
    this.#worker = worker;
    try {
      await this.#listen(worker);
      await this.#source.opened();
    } catch (error) {
      this.#forget(worker, error as Error);
      await worker.terminate();
      throw error;
    }
  }

  #listen(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        reject(error);
        this.#forget(worker, error);
      };
      worker.on('error', fail);
      worker.on('exit', () => fail(new Error('the thread of the embedded database ended')));
      worker.on('message', (output: WorkerOutput) => {
        if (output.kind === 'opened') resolve();
        else if (output.kind === 'failed') fail(new Error(output.reason));
        else if (output.kind === 'bytes') this.#settle(output.bytes);
      });
    });
  }

  #settle(bytes: Uint8Array): void {
    const current = this.#current;
    this.#current = undefined;
    current?.resolve(bytes);
  }

  #forget(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#starting = undefined;
    const current = this.#current;
    this.#current = undefined;
    current?.reject(error);
  }
}

/** Node 20 runs no TypeScript, so from the sources (in tests) the built file is taken. */
export function builtFile(path: string): URL {
  const fromSources = import.meta.url.endsWith('.ts');
  return new URL(`${fromSources ? '../../../dist/' : '../../'}${path}`, import.meta.url);
}

function workerFile(): URL {
  return builtFile('platform/database/pglite-worker.js');
}
