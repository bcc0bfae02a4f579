import type { Metrics } from '../metrics/index.js';

/** Counts and times the calls that modules make to each other's ports. */
export class ServiceCalls {
  readonly #calls;
  readonly #durations;
  readonly #errors;

  constructor(metrics: Metrics) {
    this.#calls = metrics.counter({
      name: 'service_calls_total',
      help: 'Calls of a service through its port',
      labels: ['service', 'method', 'outcome'],
    });
    this.#durations = metrics.histogram(
      {
        name: 'service_call_duration_seconds',
        help: 'Duration of a call of a service through its port',
        labels: ['service', 'method'],
      },
      [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
    );
    this.#errors = metrics.counter({
      name: 'service_errors_total',
      help: 'Calls of a service that raised an error',
      labels: ['service', 'code'],
    });
  }

  record(service: string, method: string, startMs: number, failure?: { error: unknown }): void {
    this.#calls.inc({ service, method, outcome: failure ? 'error' : 'ok' });
    this.#durations.observe({ service, method }, (performance.now() - startMs) / 1000);
    if (failure) this.#errors.inc({ service, code: codeOf(failure.error) });
  }
}

/** Our own codes only: a driver's message or number would be an unbounded label. */
function codeOf(error: unknown): string {
  const isOurs = error instanceof Error && error.name === 'AppError' && 'code' in error;
  return isOurs ? String(error.code) : 'unexpected';
}

/** `target` with every method counted. Synchronous methods stay synchronous. */
export function instrument<T extends object>(service: string, target: T, calls: ServiceCalls): T {
  const wrapped = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get(object, key) {
      const member: unknown = Reflect.get(object, key, object);
      if (typeof member !== 'function' || typeof key === 'symbol') return member;
      let method = wrapped.get(key);
      if (!method) {
        method = measured(service, key, (...args) => member.apply(object, args), calls);
        wrapped.set(key, method);
      }
      return method;
    },
  });
}

function measured(
  service: string,
  method: string,
  run: (...args: unknown[]) => unknown,
  calls: ServiceCalls,
) {
  return (...args: unknown[]) => {
    const startMs = performance.now();
    const fail = (error: unknown): never => {
      calls.record(service, method, startMs, { error });
      throw error;
    };
    const pass = (value: unknown) => {
      calls.record(service, method, startMs);
      return value;
    };
    let result: unknown;
    try {
      result = run(...args);
    } catch (error) {
      return fail(error);
    }
    return result instanceof Promise ? result.then(pass, fail) : pass(result);
  };
}
