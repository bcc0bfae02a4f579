import type { RedisReply } from './redis.js';
import type { Receiver, RedisConnection } from './redis-connection.js';
import type { CommandOutcome, CommandStats } from './redis-metrics.js';

interface PendingParts {
  readonly connection: RedisConnection;
  readonly stats: CommandStats;
  readonly read: (value: unknown) => unknown;
  readonly settle: (reply: RedisReply<unknown>) => void;
  /** Decides what a failure means, and calls `fail`. */
  readonly onFailed: (pending: PendingCommand, error: Error) => void;
}

/** A command (or a pipeline) that was sent. Settles once: by its answer, its failure or its deadline. */
export class PendingCommand implements Receiver {
  readonly sentAtMs = performance.now();
  settled = false;
  next: PendingCommand | undefined;
  readonly #parts: PendingParts;

  constructor(parts: PendingParts) {
    this.#parts = parts;
  }

  get connection(): RedisConnection {
    return this.#parts.connection;
  }

  answered(value: unknown, atMs: number): void {
    if (this.settled) return;
    this.settled = true;
    const { stats, settle, read } = this.#parts;
    stats.count('ok', atMs - this.sentAtMs);
    settle({ available: true, value: read(value) });
  }

  failed(error: Error): void {
    this.#parts.onFailed(this, error);
  }

  fail(why: Exclude<CommandOutcome, 'ok'>, error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.#parts.stats.count(why, performance.now() - this.sentAtMs);
    this.#parts.settle({ available: false, why, error });
  }
}

/**
 * The deadlines of all commands under way. All have the same time, so they come due in the order in which they
 * were sent: one timer for the first of them is enough, and a command costs no timer of its own.
 */
export class CommandDeadlines {
  readonly #timeoutMs: number;
  readonly #late: (pending: PendingCommand) => void;
  #first: PendingCommand | undefined;
  #last: PendingCommand | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(timeoutMs: number, late: (pending: PendingCommand) => void) {
    this.#timeoutMs = timeoutMs;
    this.#late = late;
  }

  add(pending: PendingCommand): void {
    if (this.#last) this.#last.next = pending;
    else this.#first = pending;
    this.#last = pending;
    // Answered ones are dropped here too, so that no more are held than wait.
    this.#dropSettled();
    this.#timer ??= this.#arm(this.#timeoutMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #arm(ms: number): NodeJS.Timeout {
    // A process that was busy past the deadline reads the answers that lie ready before it judges.
    return setTimeout(() => {
      this.#immediate = setImmediate(() => this.#look());
    }, ms);
  }

  #look(): void {
    const dueBeforeMs = performance.now() - this.#timeoutMs;
    this.#dropSettled();
    while (this.#first && this.#first.sentAtMs <= dueBeforeMs) {
      this.#late(this.#first);
      this.#dropSettled();
    }
    this.#timer = this.#first && this.#arm(Math.max(1, Math.ceil(this.#first.sentAtMs - dueBeforeMs)));
  }

  #dropSettled(): void {
    while (this.#first?.settled) this.#first = this.#first.next;
    if (!this.#first) this.#last = undefined;
  }
}
