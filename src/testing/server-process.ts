import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectRoot } from './project-root.js';
import { shortLivedNode } from './short-lived-node.js';

const startTimeoutMs = 60_000;

export interface ServerProcessOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Arguments of Node; those of an operator are none. */
  readonly nodeArgs?: readonly string[];
}

/** The built server in a process of its own, as an operator runs it. */
export class ServerProcess {
  readonly child: ChildProcess;
  url = '';
  stdout = '';
  stderr = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor({ dataDir, env = {}, args = [], nodeArgs = shortLivedNode }: ServerProcessOptions) {
    const own = ['dist/main.js', '--port', '0', '--data', dataDir, '--set', 'logger.format=json'];
    this.child = spawn(process.execPath, [...nodeArgs, ...own, ...args], {
      cwd: projectRoot,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = once(this.child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** Starts one and waits until it listens. */
  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const server = new ServerProcess(options);
    await server.listening();
    return server;
  }

  /** Rejects with the output when the process ends before it listens. */
  async listening(): Promise<void> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), startTimeoutMs);
    try {
      await new Promise<void>((resolve, reject) => {
        const look = () => {
          const found = /"url":"(http[^"]+)","msg":"listening/.exec(this.stdout);
          if (!found || !this.stderr.includes('is ready')) return;
          this.url = found[1] as string;
          resolve();
        };
        this.child.stdout?.on('data', look);
        this.child.stderr?.on('data', look);
        void this.exited.then(({ code }) =>
          reject(
            new Error(`the server ended with ${code} before it listened:\n${this.stderr}\n${this.stdout}`),
          ),
        );
        look();
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async end(
    signal: NodeJS.Signals = 'SIGTERM',
  ): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    return this.exited;
  }

  logLines(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }

  /** The password that the first start showed for `username`. */
  firstPassword(username: string): string {
    const found = new RegExp(`^ +${username} +(\\S+)$`, 'm').exec(this.stderr);
    if (!found) throw new Error(`no password of ${username} was shown:\n${this.stderr}`);
    return found[1] as string;
  }
}

/** The machine's environment without what would configure the server. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) =>
      !name.startsWith('QINGYU_') && name !== 'DATABASE_URL' && name !== 'REDIS_URL' && name !== 'NODE_ENV',
  );
  return Object.fromEntries(entries);
}
