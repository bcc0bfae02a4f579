import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { BenchContext } from '../scenario.js';

const startTimeoutMs = 60_000;
const endTimeoutMs = 5_000;
/** As tools/launcher starts the server; in the process itself it is too late. */
const threadPoolSize = String(Math.min(128, Math.max(8, 2 * availableParallelism())));

export interface ForkedServer<I> {
  /** What the process told about itself when it listened. */
  readonly info: I;
  /** User and system time that the process has taken so far, µs. */
  cpuMicros(): Promise<number>;
}

type FromChild = { info: unknown } | { cpuMicros: number } | { failure: string };

/**
 * Runs `file` (a file of bench/servers that calls `serveForked`) in a process of its own, so that the load
 * generator does not share its thread. It ends with the scenario.
 */
export async function forkServer<I>(
  context: Pick<BenchContext, 'onEnd'>,
  file: URL,
  options: Readonly<Record<string, unknown>>,
): Promise<ForkedServer<I>> {
  const child = fork(file, [JSON.stringify(options)], {
    // Standard output belongs to the report.
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { UV_THREADPOOL_SIZE: threadPoolSize, ...process.env, NODE_ENV: 'production' },
  });
  context.onEnd(() => endChild(child));
  const first = await answerOf(child, AbortSignal.timeout(startTimeoutMs));
  if (!('info' in first))
    throw new Error(`${file.pathname} told ${JSON.stringify(first)}, expected its info`);
  return {
    info: first.info as I,
    async cpuMicros() {
      child.send('cpu');
      const answer = await answerOf(child, AbortSignal.timeout(endTimeoutMs));
      if (!('cpuMicros' in answer)) throw new Error(`expected cpuMicros, got ${JSON.stringify(answer)}`);
      return answer.cpuMicros;
    },
  };
}

async function answerOf(child: ChildProcess, timeLimit: AbortSignal): Promise<FromChild> {
  const settled = new AbortController();
  const signal = AbortSignal.any([timeLimit, settled.signal]);
  const answered = once(child, 'message', { signal }).then(([message]) => message as FromChild);
  const ended = once(child, 'exit', { signal }).then(([code, killedBy]) => {
    throw new Error(`the server process ended with ${code ?? killedBy} instead of an answer`);
  });
  try {
    const answer = await Promise.race([answered, ended]);
    if ('failure' in answer) throw new Error(`the server process failed: ${answer.failure}`);
    return answer;
  } finally {
    settled.abort();
    await Promise.allSettled([answered, ended]);
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs);
  await exited;
  clearTimeout(timer);
}

export interface Served<I> {
  readonly info: I;
  readonly close: () => Promise<unknown>;
}

/** The other side: starts the server, tells the parent, answers its questions, ends when the parent is gone. */
export async function serveForked<O, I>(start: (options: O) => Promise<Served<I>>): Promise<void> {
  const tell = (message: FromChild) => process.send?.(message);
  try {
    const { info, close } = await start(JSON.parse(process.argv[2] ?? '{}') as O);
    process.on('message', () => {
      const { user, system } = process.cpuUsage();
      tell({ cpuMicros: user + system });
    });
    process.once('disconnect', () => void close().finally(() => process.exit()));
    tell({ info });
  } catch (error) {
    tell({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.disconnect?.();
    process.exitCode = 1;
  }
}
