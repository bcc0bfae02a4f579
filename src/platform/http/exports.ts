import { Readable } from 'node:stream';
import { port } from '../kernel/index.js';
import type { HttpConfig } from './http.config.js';
import { httpErrors } from './http.errors.js';
import type { EventStreams } from './sse.js';

const bufferedBytes = 65_536;
const retryAfterSeconds = 30;

/** Long answers (CSV, JSON) that are made while they are read. */
export interface Exports {
  /**
   * The chunks as a stream that asks for the next one when its reader has taken the last, so memory stays bounded. It
   * ends with an error, and so visibly incomplete, when it takes longer than `http.exportSecondsMax`, when the server
   * stops and when `chunks` fails; what fails for the first chunk is raised here. Raises 503 `exports-busy` when
   * `http.exportsMax` are running in this process.
   */
  open(chunks: AsyncGenerator<string>): Promise<Readable>;
}

export const Exports = port<Exports>('http.exports');

export class ExportStreams implements Exports {
  readonly #streams: EventStreams;
  readonly #config: Pick<HttpConfig, 'exportSecondsMax' | 'exportsMax'>;
  #running = 0;

  constructor(streams: EventStreams, config: Pick<HttpConfig, 'exportSecondsMax' | 'exportsMax'>) {
    this.#streams = streams;
    this.#config = config;
  }

  async open(chunks: AsyncGenerator<string>): Promise<Readable> {
    const { exportsMax: max } = this.#config;
    if (this.#running >= max) {
      throw httpErrors.exportsBusy({ params: { max, seconds: retryAfterSeconds }, retryAfterSeconds });
    }
    this.#running += 1;
    try {
      const first = await chunks.next();
      const options = { objectMode: false, highWaterMark: bufferedBytes };
      const readable = Readable.from(startingWith(first, chunks), options);
      this.#bound(readable);
      return readable;
    } catch (error) {
      this.#running -= 1;
      throw error;
    }
  }

  #bound(readable: Readable): void {
    const tooLong = () => readable.destroy(httpErrors.tookTooLong());
    const timer = setTimeout(tooLong, this.#config.exportSecondsMax * 1000).unref();
    const stopped = () => readable.destroy(httpErrors.overloaded({ retryAfterSeconds }));
    const release = this.#streams.stopWith(stopped);
    readable.once('close', () => {
      clearTimeout(timer);
      release();
      this.#running -= 1;
    });
  }
}

async function* startingWith(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
