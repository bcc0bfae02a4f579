import autocannon from 'autocannon';
import type { ForkedServer } from './forked-server.js';
import { type CallSample, Latencies } from './measure.js';

export interface HttpLoad {
  /** The process that is loaded: it tells its processor time. */
  readonly server: Pick<ForkedServer<unknown>, 'cpuMicros'>;
  /** On this machine: the load must not reach anybody else. */
  readonly url: string;
  readonly forMs: number;
  /** Each sends its next request when the last one was answered; 50 when absent, at most 500. */
  readonly connections?: number;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const connectionsMax = 500;
const forMsMax = 60_000;
const answerTimeoutSeconds = 10;
const noAnswerMsMax = 10_000;
const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Loads a server of this machine. Raises when an answer is no success or does not come: such a figure means nothing. */
export async function measureHttp(load: HttpLoad): Promise<CallSample> {
  const { server, url, forMs, connections = 50, method = 'GET', headers = {}, body } = load;
  checkBounds(url, forMs, connections);
  const cpuBefore = await server.cpuMicros();
  const latencies = new Latencies();
  const startedAt = performance.now();
  let endedAt = startedAt;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(
      {
        url,
        method,
        headers: { ...headers },
        ...(body !== undefined && { body }),
        connections,
        duration: forMs / 1000,
        timeout: answerTimeoutSeconds,
        sampleInt: Math.min(50, forMs),
      },
      (error, outcome) => (error ? reject(error) : resolve(outcome)),
    );
    run.on('response', (_client, _status, _bytes, ms) => {
      latencies.record(ms);
      endedAt = performance.now();
    });
  });
  const { non2xx, errors, statusCodeStats } = result;
  if (non2xx > 0 || errors > 0) {
    const statuses = Object.entries(statusCodeStats).map(([status, { count }]) => `${count} × ${status}`);
    throw new Error(
      `${method} ${url}: ${errors} requests failed; answers: ${statuses.join(', ') || 'none'}, expected 2xx only`,
    );
  }
  if (latencies.count === 0) return measureAgain(load);
  const sample = latencies.sample(endedAt - startedAt);
  return { ...sample, cpu: ((await server.cpuMicros()) - cpuBefore) / sample.calls };
}

/** On a busy machine a short load may see no answer at all; a longer one does. */
function measureAgain(load: HttpLoad): Promise<CallSample> {
  const forMs = load.forMs * 2;
  if (forMs > noAnswerMsMax) throw new Error(`${load.url} answered nothing within ${load.forMs} ms`);
  return measureHttp({ ...load, forMs });
}

function checkBounds(url: string, forMs: number, connections: number): void {
  if (!loopback.has(new URL(url).hostname))
    throw new Error(`${url} is not on this machine; benchmarks load 127.0.0.1 only`);
  if (connections < 1 || connections > connectionsMax)
    throw new RangeError(`${connections} connections: expected 1 to ${connectionsMax}`);
  if (!(forMs > 0) || forMs > forMsMax) throw new RangeError(`${forMs} ms: expected 1 to ${forMsMax}`);
}
