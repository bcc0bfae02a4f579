import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { describe, onTestFinished } from 'vitest';
import { freePort } from '../../tools/test/network.mjs';
import { findRedis, keepRedis } from '../../tools/test/redis.mjs';

const testRedisUrl = process.env.QINGYU_TEST_REDIS_URL;

/**
 * A suite over the shared server; without one it is skipped by name. Other files use that server at the same
 * time: take a prefix of your own (`testKeyPrefix`), and never flush or configure it.
 */
export function describeRedis(name: string, suite: (url: string) => void): void {
  if (testRedisUrl === undefined) {
    describe.skip(`${name} (needs QINGYU_TEST_REDIS_URL)`, () => suite(''));
  } else describe(name, () => suite(testRedisUrl as string));
}

/** A suite that runs servers of its own (`RedisServer`); without the program it is skipped by name. */
export function describeRedisServer(name: string, suite: () => void): void {
  if (findRedis() === undefined) describe.skip(`${name} (needs redis-server)`, suite);
  else describe(name, suite);
}

export function testKeyPrefix(): string {
  return `test-${randomUUID()}:`;
}

type Kept = Awaited<ReturnType<typeof keepRedis>>;

/** A server of one test's own, to be broken. It is gone after the test, or with the process. */
export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #kept: Kept;
  #pid: number | undefined;

  private constructor(port: number, kept: Kept) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#kept = kept;
  }

  /** `args` as of redis-server: `['--maxmemory', '2mb']`. With `launch: false` nothing listens until `restart`. */
  static async start(
    args: readonly string[] = [],
    { port, launch = true }: { readonly port?: number; readonly launch?: boolean } = {},
  ): Promise<RedisServer> {
    const own = port ?? (await freePort());
    const kept = await keepRedis({ port: own, args: [...args] });
    onTestFinished(() => kept.stop());
    const server = new RedisServer(own, kept);
    if (launch) await server.restart();
    return server;
  }

  /** Where it keeps what SAVE writes. */
  get folder(): string {
    return this.#kept.folder;
  }

  /** After `kill`: on the same port, in the same folder. `untilReady: false` returns while it loads its data. */
  async restart({ untilReady = true } = {}): Promise<void> {
    this.#pid = await this.#kept.launch({ untilReady });
  }

  /** kill -9; returns when it is gone. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    this.#pid = undefined;
    await this.#kept.ended();
  }

  /** Stops in its tracks: the kernel still accepts connections, nobody answers. */
  hang(): void {
    this.#signal('SIGSTOP');
  }

  goOn(): void {
    this.#signal('SIGCONT');
  }

  /** One command past everything that is tested, words divided by spaces; the raw answer. */
  command(words: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.write(`${words}\r\n`);
    return new Promise<string>((resolve, reject) => {
      socket.once('data', (answer) => resolve(String(answer).trim()));
      socket.once('error', reject).once('close', () => reject(new Error(`no answer to ${words}`)));
    }).finally(() => socket.destroy());
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#pid === undefined) throw new Error('The Redis server of this test does not run.');
    process.kill(this.#pid, signal);
  }
}
