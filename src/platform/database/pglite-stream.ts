import { Duplex } from 'node:stream';
import type { PgliteHost } from './pglite-host.js';

/** The first message of a session has a length where others have their kind. */
const startup = 0;
const sync = 'S'.charCodeAt(0);
const simpleQuery = 'Q'.charCodeAt(0);
const asksForAnswer: ReadonlySet<number | undefined> = new Set([startup, sync, simpleQuery]);

/**
 * What the PostgreSQL client takes for its socket. Messages are collected until the one that asks for
 * an answer and go to the thread together. To destroy the stream while an answer is due ends the
 * thread, which is the only way to stop a statement of the embedded database.
 */
export class PgliteStream extends Duplex {
  readonly #host: PgliteHost;
  #pending: Uint8Array[] = [];
  #busy = false;

  constructor(host: PgliteHost) {
    super();
    this.#host = host;
  }

  connect(): this {
    this.#open().then(
      () => this.emit('connect'),
      (error) => this.destroy(error),
    );
    return this;
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: (error?: Error | null) => void): void {
    let kind: number | undefined;
    for (const { chunk } of chunks) {
      this.#pending.push(chunk);
      kind = lastMessage(chunk);
    }
    if (!asksForAnswer.has(kind)) {
      done();
      return;
    }
    const message = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#exchange(message).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const ended = this.#busy ? this.#host.terminate() : Promise.resolve();
    ended.then(
      () => done(error),
      () => done(error),
    );
  }

  // What a socket has and a thread has no use for.
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  /** The thread has one session for all: what an earlier client left in it is removed. */
  async #open(): Promise<void> {
    await this.#host.start();
    await this.#host.exchange(simpleQueryMessage('rollback'));
    await this.#host.exchange(simpleQueryMessage('discard all'));
  }

  async #exchange(message: Uint8Array): Promise<void> {
    this.#busy = true;
    try {
      const answer = await this.#host.exchange(message);
      this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
    } finally {
      this.#busy = false;
    }
  }
}

/** Kind of the last message in a chunk; the client writes whole messages. */
function lastMessage(chunk: Uint8Array): number | undefined {
  if (chunk[0] === startup) return startup;
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  let kind: number | undefined;
  for (let offset = 0; offset < chunk.length; offset += 1 + view.getUint32(offset + 1)) {
    kind = chunk[offset];
  }
  return kind;
}

function simpleQueryMessage(sql: string): Uint8Array {
  const message = Buffer.alloc(1 + 4 + Buffer.byteLength(sql) + 1);
  message[0] = simpleQuery;
  message.writeUInt32BE(message.length - 1, 1);
  message.write(sql, 5);
  return message;
}
