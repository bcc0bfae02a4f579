import type { Metrics } from '../metrics/index.js';
import type { RedisFailure } from './redis.js';

export type CommandOutcome = 'ok' | Exclude<RedisFailure, 'not-configured'>;

const bucketsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1];
/** Commands of the port and scripts; a mistake must not grow the page of metrics. */
const commandsMax = 100;

/** Plain numbers of one command: counting costs a few nanoseconds. */
export class CommandStats {
  readonly outcomes: Record<CommandOutcome, number> = {
    ok: 0,
    refused: 0,
    'not-ready': 0,
    'timed-out': 0,
    'not-connected': 0,
    'queue-full': 0,
  };
  /** Of each bucket alone; one more for what is beyond the last. */
  readonly buckets = new Array<number>(bucketsSeconds.length + 1).fill(0);
  sumSeconds = 0;

  /** `ms`: from the call to the answer; absent when nothing was sent. */
  count(outcome: CommandOutcome, ms?: number): void {
    this.outcomes[outcome] += 1;
    if (ms === undefined) return;
    const seconds = ms / 1000;
    let bucket = 0;
    while (bucket < bucketsSeconds.length && seconds > (bucketsSeconds[bucket] as number)) bucket += 1;
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
    this.sumSeconds += seconds;
  }
}

/** Read at a scrape from plain numbers. */
export class RedisMetrics {
  reconnects = 0;
  readonly #stats = new Map<string, CommandStats>();

  constructor(metrics: Metrics, isUp: () => boolean) {
    metrics.gauge({ name: 'redis_up', help: '1 while commands reach a Redis that serves.' }, (gauge) =>
      gauge.set(isUp() ? 1 : 0),
    );
    metrics.counter(
      { name: 'redis_reconnects_total', help: 'Connections opened after one was lost or an attempt failed.' },
      (counter) => {
        counter.reset();
        counter.inc(this.reconnects);
      },
    );
    metrics.counter(
      {
        name: 'redis_commands_total',
        help: 'Commands, scripts and pipelines, by outcome.',
        labels: ['command', 'outcome'],
      },
      (counter) => {
        counter.reset();
        for (const [command, { outcomes }] of this.#stats) {
          for (const [outcome, total] of Object.entries(outcomes)) counter.inc({ command, outcome }, total);
        }
      },
    );
    metrics.plainHistogram(
      {
        name: 'redis_command_duration_seconds',
        help: 'From the call of a command to its answer or its deadline.',
        labels: ['command'],
      },
      bucketsSeconds,
      () =>
        [...this.#stats].map(([command, { buckets, sumSeconds }]) => ({
          labels: { command },
          buckets,
          sum: sumSeconds,
        })),
    );
  }

  of(command: string): CommandStats {
    const known = this.#stats.get(command);
    if (known) return known;
    if (this.#stats.size >= commandsMax && command !== 'other') return this.of('other');
    const stats = new CommandStats();
    this.#stats.set(command, stats);
    return stats;
  }
}
