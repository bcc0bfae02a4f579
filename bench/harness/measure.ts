import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { callFigures, cpuFigure, Sample } from '../scenario.js';

/** `cpu` is processor time a call; `calls` is how many were answered: a help for further figures, none itself. */
export type CallSample = Sample<keyof typeof callFigures | keyof typeof cpuFigure | 'calls'>;

const batchMsMin = 1;
/** Where results go, or the optimiser could remove the work. */
const sink: { result?: unknown } = {};

/** Calls a synchronous `operation` again and again for about `forMs`, in batches between two looks at the clock. */
export function measureThroughput(operation: () => unknown, forMs: number): Sample<'throughput'> {
  let batch = 1;
  let calls = 0;
  const startedAt = performance.now();
  for (;;) {
    const batchStartedAt = performance.now();
    for (let call = 0; call < batch; call++) sink.result = operation();
    calls += batch;
    const now = performance.now();
    if (now - startedAt >= forMs) return { throughput: (calls / (now - startedAt)) * 1000 };
    if (now - batchStartedAt < batchMsMin) batch *= 2;
  }
}

export interface CallOptions {
  readonly forMs: number;
  /** Each calls again as soon as its last call was answered; 1 when absent. */
  readonly callers?: number;
}

/**
 * Lets `callers` call an asynchronous `operation` side by side for about `forMs`; each is told its number. `cpu`
 * is that of this process, all threads. The first failure ends the measurement and is raised.
 */
export async function measureCalls(
  operation: (caller: number) => Promise<unknown>,
  { forMs, callers = 1 }: CallOptions,
): Promise<CallSample> {
  const latencies = new Latencies();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const endsAt = startedAt + forMs;
  let failed = false;
  const call = async (caller: number) => {
    for (let now = performance.now(); now < endsAt && !failed; ) {
      await operation(caller);
      const answeredAt = performance.now();
      latencies.record(answeredAt - now);
      now = answeredAt;
    }
  };
  const calls = Array.from({ length: callers }, (_, caller) =>
    call(caller).catch((error) => {
      failed = true;
      throw error;
    }),
  );
  const failure = (await Promise.allSettled(calls)).find(({ status }) => status === 'rejected');
  if (failure) throw (failure as PromiseRejectedResult).reason;
  const { user, system } = process.cpuUsage(cpuBefore);
  const sample = latencies.sample(performance.now() - startedAt);
  return { ...sample, cpu: (user + system) / sample.calls };
}

/** Durations in an HDR histogram: bounded memory, three exact digits. */
export class Latencies {
  readonly #nanoseconds: RecordableHistogram = createHistogram({ figures: 3 });

  get count(): number {
    return this.#nanoseconds.count;
  }

  record(ms: number): void {
    this.#nanoseconds.record(Math.max(1, Math.round(ms * 1e6)));
  }

  /** What was recorded within `elapsedMs`. */
  sample(elapsedMs: number): Omit<CallSample, 'cpu'> {
    const quantileMs = (percent: number) => this.#nanoseconds.percentile(percent) / 1e6;
    const calls = this.count;
    return {
      calls,
      throughput: (calls / elapsedMs) * 1000,
      p50: quantileMs(50),
      p99: quantileMs(99),
    };
  }
}
