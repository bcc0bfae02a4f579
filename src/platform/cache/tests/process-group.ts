import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, vi } from 'vitest';

interface ProcessOptions {
  readonly url: string;
  readonly keyPrefix: string;
  readonly leaseMs: number;
}

const script = new URL('./cache-process.mjs', import.meta.url);
const patienceMs = 20_000;

/** A cache in a process of its own. */
class CacheProcess {
  readonly child: ChildProcess;
  /** Keys whose loader it has called. */
  readonly loads: string[] = [];
  #asked = 0;

  private constructor({ url, keyPrefix, leaseMs }: ProcessOptions) {
    const redis = { url, keyPrefix, commandTimeoutMs: 300, reconnectDelayMsMax: 100 };
    const cache = { leaseMs, redisPauseMs: 50 };
    this.child = fork(script, [JSON.stringify({ redis, cache })]);
    this.child.on('message', ({ loading }: { loading?: string }) => {
      if (loading !== undefined) this.loads.push(loading);
    });
  }

  static async start(options: ProcessOptions): Promise<CacheProcess> {
    const started = new CacheProcess(options);
    await once(started.child, 'message');
    return started;
  }

  /** Rejects when the process ends before it answers. */
  ask<T = unknown>(what: string, input: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('the process ended'));
      const take = (message: { id?: number; answer?: T; failure?: string }) => {
        if (message.id !== id) return;
        this.child.off('message', take).off('exit', ended);
        if (message.failure === undefined) resolve(message.answer as T);
        else reject(new Error(message.failure));
      };
      this.child.on('message', take).once('exit', ended);
      this.child.send({ id, what, ...input });
    });
  }

  /** What its loader answers. */
  release(value: string): void {
    this.child.send({ release: value });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** Several of them, and how often they loaded a key. */
export class ProcessGroup {
  readonly members: readonly CacheProcess[];

  constructor(members: readonly CacheProcess[]) {
    this.members = members;
  }

  static async start(ways: readonly string[], options: Omit<ProcessOptions, 'url'>): Promise<ProcessGroup> {
    return new ProcessGroup(await Promise.all(ways.map((url) => CacheProcess.start({ ...options, url }))));
  }

  loadsOf(key: string): number {
    return this.members.flatMap(({ loads }) => loads).filter((one) => one === key).length;
  }

  async untilLoads(key: string, count: number): Promise<void> {
    await vi.waitFor(() => expect(this.loadsOf(key)).toBeGreaterThanOrEqual(count), patienceMs);
  }

  /** `callers` in each process ask for a key at once; what each process was answered, or undefined for one that died. */
  load(key: string, callers: number): Promise<(readonly unknown[] | undefined)[]> {
    const calls = this.members.map((member) => member.ask<readonly unknown[]>('load', { key, callers }));
    return Promise.all(calls.map((call) => call.catch(() => undefined)));
  }

  release(value: string): void {
    for (const member of this.members) if (member.child.connected) member.release(value);
  }

  end(): void {
    for (const member of this.members) member.kill();
  }
}
