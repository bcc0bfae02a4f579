import { Worker } from 'node:worker_threads';
import type { Logger } from '../../../platform/logger/index.js';
import { estimateTokens, type TokenPiece } from './tokenizer.domain.js';
import type { TokenizerAnswer, TokenizerRequest } from './tokenizer.protocol.js';

export interface TokenizerOptions {
  /** The worker and its 60 MB go away after so long without work. */
  readonly idleMs: number;
  /** An answer later than this ends the worker; the texts are then estimated. */
  readonly deadlineMs: number;
  readonly log: Logger;
  /** Another worker script, for tests. */
  readonly script?: URL;
}

/** Requests that may wait for the worker; beyond it texts are estimated at once. */
const pendingMax = 1_000;
const workerHeapMib = 160;

interface Pending {
  readonly resolve: (answer: TokenizerAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Node 20 runs no TypeScript: from the sources, as in tests, the worker of the last build is taken. */
function builtWorker(): URL {
  const beside = new URL('./tokenizer.worker.js', import.meta.url);
  const fromSources = import.meta.url.endsWith('.ts');
  return fromSources ? new URL(beside.href.replace('/src/modules/', '/dist/modules/')) : beside;
}

/**
 * Counts model tokens (o200k) in a worker thread that starts with the first text and ends when idle:
 * the vocabulary takes 60 MB and 0.2 s to load, a chapter 20-40 ms to count. Any number of callers;
 * texts are taken in order. Counting never fails: without a worker it falls back to an estimate.
 */
export class Tokenizer {
  readonly #options: TokenizerOptions;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #lastId = 0;
  #lastAnswerAt = 0;
  /** Why the last answer was an estimate; undefined when it was not. */
  trouble: string | undefined;

  constructor(options: TokenizerOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#worker !== undefined;
  }

  /** Tokens of each text. */
  async count(texts: readonly string[]): Promise<number[]> {
    const answer = await this.#ask({ id: ++this.#lastId, kind: 'count', texts });
    return answer && 'counts' in answer ? answer.counts : texts.map(estimateTokens);
  }

  /** The text token by token; `text` put together again is the text. */
  async split(text: string): Promise<TokenPiece[]> {
    const answer = await this.#ask({ id: ++this.#lastId, kind: 'split', texts: [text] });
    const pieces = answer && 'pieces' in answer ? answer.pieces[0] : undefined;
    return pieces ?? [...text].map((character) => ({ text: character, tokens: 1 }));
  }

  /** Ends the worker; it starts again with the next text. */
  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    await this.#drop(new Error('the tokenizer was closed'));
  }

  async #ask(request: TokenizerRequest): Promise<TokenizerAnswer | undefined> {
    try {
      const answer = await this.#send(request);
      if ('error' in answer) throw new Error(answer.error);
      this.trouble = undefined;
      return answer;
    } catch (error) {
      this.trouble = (error as Error).message;
      this.#options.log.warn({ err: error }, 'tokens are estimated, the tokenizer did not answer');
      return undefined;
    }
  }

  #send(request: TokenizerRequest): Promise<TokenizerAnswer> {
    if (this.#pending.size >= pendingMax) throw new Error(`${pendingMax} texts wait for the tokenizer`);
    clearTimeout(this.#idleTimer);
    this.#worker ??= this.#start();
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#tooLate(request.id), this.#options.deadlineMs);
      const settle = <T>(act: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(late);
          this.#pending.delete(request.id);
          if (this.#pending.size === 0) this.#restLater();
          act(value);
        };
      };
      this.#pending.set(request.id, { resolve: settle(resolve), reject: settle(reject) });
      this.#worker?.postMessage(request);
    });
  }

  /** A busy worker only loses this request; one that answered nobody since is stuck and goes. */
  #tooLate(id: number): void {
    const { deadlineMs } = this.#options;
    const why = new Error(`no answer from the tokenizer within ${deadlineMs} ms`);
    const stuck = performance.now() - this.#lastAnswerAt >= deadlineMs;
    if (stuck) void this.#drop(why);
    else this.#pending.get(id)?.reject(why);
  }

  #start(): Worker {
    const worker = new Worker(this.#options.script ?? builtWorker(), {
      name: 'tokenizer',
      resourceLimits: { maxOldGenerationSizeMb: workerHeapMib },
    });
    worker.unref();
    const gone = (error: Error) => {
      if (this.#worker === worker) void this.#drop(error);
    };
    worker.on('message', (answer: TokenizerAnswer) => {
      this.#lastAnswerAt = performance.now();
      this.#pending.get(answer.id)?.resolve(answer);
    });
    worker.on('error', gone);
    worker.on('exit', (code) => gone(new Error(`the tokenizer ended with exit code ${code}`)));
    return worker;
  }

  #restLater(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => void this.close(), this.#options.idleMs);
    this.#idleTimer.unref();
  }

  async #drop(why: Error): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    for (const pending of [...this.#pending.values()]) pending.reject(why);
    clearTimeout(this.#idleTimer);
    await worker?.terminate();
  }
}
