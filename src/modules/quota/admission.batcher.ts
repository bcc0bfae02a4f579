import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { databaseErrors } from '../../platform/database/index.js';
import { AppError } from '../../platform/errors/index.js';
import type { Operation, Outcome } from './operation.domain.js';
import { quotaBusy } from './quota.errors.js';

export interface BatcherOptions {
  readonly roundOperationsMax: number;
  readonly queueOperationsMax: number;
  readonly deadlineMs: number;
  readonly retryAfterSeconds: number;
}

export type RunRound = (operations: readonly Operation[]) => Promise<readonly Outcome[]>;

/**
 * Gathers what callers ask at the same time into rounds, one after the other: two hundred callers of
 * one user wait for a handful of transactions instead of for each other's row locks and connections.
 *
 * A reservation whose caller stopped waiting is dropped, or given back if its round had begun. Anything
 * else is carried out although nobody waits, since it settles what is already reserved; such operations
 * may therefore fill the queue to twice its size, and are bounded by the reservations before them.
 */
export class AdmissionBatcher {
  readonly #runRound: RunRound;
  readonly #options: BatcherOptions;
  /** A round serves many requests: it must not run in the context (log fields, transaction) of one. */
  readonly #outsideRequests = AsyncLocalStorage.snapshot();
  readonly #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #accepting = true;

  constructor(runRound: RunRound, options: BatcherOptions) {
    this.#runRound = runRound;
    this.#options = options;
  }

  open(): void {
    this.#accepting = true;
  }

  /** Takes no more, and resolves when everything taken before has been decided. */
  async drain(): Promise<void> {
    this.#accepting = false;
    while (this.#running) await this.#running;
  }

  /** Rejects with `quota-busy` when the queue is full or the deadline passes, else as the round did. */
  submit(operation: Operation): Promise<Outcome> {
    const { queueOperationsMax } = this.#options;
    const room = operation.kind === 'reserve' ? queueOperationsMax : 2 * queueOperationsMax;
    if (!this.#accepting) return Promise.reject(this.#busy('the quota service is closing'));
    if (this.#queue.length >= room) return Promise.reject(this.#busy('the admission queue is full'));
    return this.#enqueue(operation);
  }

  #enqueue(operation: Operation): Promise<Outcome> {
    const waiting = new Waiting(operation, this.#options.deadlineMs, () =>
      this.#busy(`no decision within ${this.#options.deadlineMs} ms`),
    );
    this.#queue.push(waiting);
    this.#running ??= this.#outsideRequests(() => this.#work());
    return waiting.answer;
  }

  async #work(): Promise<void> {
    await setImmediate();
    while (this.#queue.length > 0) {
      const taken = this.#queue.splice(0, this.#options.roundOperationsMax);
      const round = taken.filter((each) => !(each.isAnswered && each.operation.kind === 'reserve'));
      if (round.length > 0) await this.#decide(round);
    }
    this.#running = undefined;
  }

  async #decide(round: readonly Waiting[], attempt = 1): Promise<void> {
    try {
      const outcomes = await this.#runRound(round.map((each) => each.operation));
      round.forEach((waiting, index) => {
        this.#answer(waiting, outcomes[index] as Outcome);
      });
    } catch (error) {
      await this.#recover(round, error, attempt);
    }
  }

  /**
   * Operations are idempotent by call, so a round whose commit may have come through is asked once more.
   * A database that is gone fails everyone at once. Any other failure is some operation's own: each is
   * decided alone, so that it fails nobody else.
   */
  async #recover(round: readonly Waiting[], error: unknown, attempt: number): Promise<void> {
    const unknownCommit = hasCode(error, databaseErrors.commitOutcomeUnknown.definition.code);
    if (unknownCommit && attempt === 1) return this.#decide(round, attempt + 1);
    if (round.length === 1 || error instanceof AppError) {
      for (const waiting of round) {
        waiting.fail(error);
        if (unknownCommit && waiting.operation.kind === 'reserve') this.#giveBack(waiting.operation.callId);
      }
      return;
    }
    for (const waiting of round) await this.#decide([waiting]);
  }

  #answer(waiting: Waiting, outcome: Outcome): void {
    if (waiting.isAnswered && outcome.kind === 'reserved') this.#giveBack(outcome.reservation.callId);
    else waiting.succeed(outcome);
  }

  /** Should this fail too, the reservation ends by itself and is settled at nothing. */
  #giveBack(callId: string): void {
    this.#enqueue({ kind: 'release', callId }).catch(() => undefined);
  }

  #busy(internal: string) {
    return quotaBusy(this.#options.retryAfterSeconds, internal);
  }
}

/** An operation and the caller that waits for it, at most until the deadline. */
class Waiting {
  readonly operation: Operation;
  readonly answer: Promise<Outcome>;
  readonly #timer: NodeJS.Timeout;
  #resolve: (outcome: Outcome) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  isAnswered = false;

  constructor(operation: Operation, deadlineMs: number, tooLate: () => Error) {
    this.operation = operation;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => this.fail(tooLate()), deadlineMs);
  }

  succeed(outcome: Outcome): void {
    this.#end();
    this.#resolve(outcome);
  }

  fail(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.isAnswered = true;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof AppError && error.code === code;
}
