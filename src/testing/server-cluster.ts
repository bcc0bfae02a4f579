import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createPostgresDatabase } from './databases.js';
import { newKey } from './secrets.js';
import { ServerProcess } from './server-process.js';

export interface ServerClusterOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/**
 * Several instances of the built server, each a process with a data folder of its own, over one PostgreSQL
 * database; what else they share (a Redis) comes in by `env`. All are gone when the test that started them ends.
 */
export class ServerCluster {
  readonly databaseUrl: string;
  readonly #servers: ServerProcess[] = [];
  readonly #folder: string;
  readonly #options: ServerClusterOptions;
  /** One for all, as an operator gives it to them. */
  readonly #secretsKey = newKey();

  private constructor(databaseUrl: string, folder: string, options: ServerClusterOptions) {
    this.databaseUrl = databaseUrl;
    this.#folder = folder;
    this.#options = options;
  }

  /** Starts `count` instances at once on an empty database; resolves when every one listens. */
  static async start(count: number, options: ServerClusterOptions = {}): Promise<ServerCluster> {
    const { url, drop } = await createPostgresDatabase();
    onTestFinished(drop);
    const folder = await mkdtemp(join(tmpdir(), 'qingyu-cluster-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const cluster = new ServerCluster(url, folder, options);
    onTestFinished(() => cluster.#killAll());
    for (let index = 0; index < count; index++) cluster.#servers.push(cluster.#launch(index));
    await Promise.all(cluster.#servers.map((server) => server.listening()));
    return cluster;
  }

  /** The instances that run or ran, in the order of their start; a restarted one keeps its place. */
  get servers(): readonly ServerProcess[] {
    return this.#servers;
  }

  /** Ends one instance without warning, as `kill -9` and a lost machine do. */
  async kill(index: number): Promise<void> {
    await this.#at(index).end('SIGKILL');
  }

  /** Starts an instance anew in the place of one that ended, with its data folder and another port. */
  async restart(index: number): Promise<void> {
    const server = this.#launch(index);
    this.#servers[index] = server;
    await server.listening();
  }

  /**
   * Replaces one instance after the other, each with SIGTERM, as a deployment does; `meanwhile` runs after each.
   * Raises when one does not end well.
   */
  async rollingRestart(meanwhile: () => Promise<unknown>): Promise<void> {
    for (const [index, server] of [...this.#servers].entries()) {
      const { code, signal } = await server.end('SIGTERM');
      if (code !== 0) throw new Error(`instance ${index} ended with ${code ?? signal}:\n${server.stderr}`);
      await this.restart(index);
      await meanwhile();
    }
  }

  #at(index: number): ServerProcess {
    const server = this.#servers[index];
    if (!server) throw new RangeError(`there is no instance ${index}; ${this.#servers.length} were started`);
    return server;
  }

  #launch(index: number): ServerProcess {
    const { env, args = [] } = this.#options;
    return new ServerProcess({
      dataDir: join(this.#folder, `instance-${index}`),
      env: { DATABASE_URL: this.databaseUrl, QINGYU_SECRETS__KEY: this.#secretsKey, ...env },
      args,
    });
  }

  async #killAll(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.end('SIGKILL')));
  }
}
