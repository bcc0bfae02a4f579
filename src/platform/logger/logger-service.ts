import { type BaseService, type Health, healthy } from '../kernel/index.js';
import type { Metrics } from '../metrics/index.js';
import { createPipeline, type Logger, type LoggerOptions, type LogPipeline, logLevels } from './logger.js';

/**
 * The application's logger. `log` may be used from construction to the end of the process: before
 * `initialize`, and after `close`, which only flushes. So it outlives every other service.
 */
export class LoggerService implements BaseService {
  readonly name = 'logger';
  readonly version = '1.0.0';
  readonly log: Logger;
  readonly #pipeline: LogPipeline;

  constructor(options: LoggerOptions) {
    this.#pipeline = createPipeline(options);
    this.log = this.#pipeline.log;
  }

  async initialize(): Promise<void> {}

  /** Unhealthy while lines do not arrive: a closed pipe, a full disk. */
  async health(): Promise<Health> {
    const { failure } = this.#pipeline.output;
    if (!failure) return healthy;
    const reason = (failure as NodeJS.ErrnoException).code ?? failure.message;
    return { status: 'unhealthy', detail: `log lines are not written: ${reason}` };
  }

  /** Waits until written lines are out, at most a second. */
  async close(): Promise<void> {
    await this.#pipeline.output.flush();
  }

  registerMetrics(metrics: Metrics): void {
    const { lines, output } = this.#pipeline;
    const help = 'Log lines written';
    metrics.counter({ name: 'log_lines_total', help, labels: ['level'] }, (counter) => {
      counter.reset();
      for (const level of logLevels) counter.inc({ level }, lines[level]);
    });
    const dropped = {
      name: 'log_lines_dropped_total',
      help: 'Log lines that did not reach their destination',
    };
    metrics.counter(dropped, (counter) => {
      counter.reset();
      counter.inc(output.dropped);
    });
  }
}
