import type { ServerEvent } from '../../platform/http/index.js';
import type { FinishReason, Operation, Usage } from './call.domain.js';
import type { ModelProvider, ModelRequest, ModelSpec } from './provider.js';

/** What a finished call answers, as JSON and as the `done` event. */
export interface Answer {
  readonly id: string;
  readonly content: string;
  readonly model: string;
  readonly finishReason: FinishReason;
  readonly truncated: boolean;
  readonly usage: Usage & { readonly chargedTokens: number };
  readonly quota: { readonly remaining: number; readonly resetsAt: string; readonly unlimited: boolean };
}

/** A call whose quota is reserved. */
export interface CallPlan {
  readonly id: string;
  readonly userId: string;
  readonly operation: Operation;
  readonly provider: ModelProvider;
  readonly model: ModelSpec;
  readonly request: ModelRequest;
  /** By our own count. */
  readonly promptTokens: number;
  readonly truncated: boolean;
}

export function startEvent(id: string): ServerEvent {
  return { id: 0, event: 'start', data: { id } };
}

/** After the delta that ended at `sent`. */
export function doneEvent(answer: Answer, sent = answer.content.length): ServerEvent {
  return { id: sent + 1, event: 'done', data: answer };
}

/** Why a call was stopped from our side. */
export type StopReason = Extract<FinishReason, 'abandoned' | 'shutdown'>;

export class CallStopped extends Error {
  override readonly name = 'CallStopped';
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`The call was stopped: ${reason}.`);
    this.reason = reason;
  }
}

/**
 * A running call: who produces appends, who watches follows. What was produced is kept whole (it is
 * bounded by the call's tokens), so a slow watcher gets larger deltas instead of a longer queue.
 */
export class AiCall {
  readonly plan: CallPlan;
  /** Settles when the call has ended and its charge is known; rejects with the problem that ended it. */
  readonly answer: Promise<Answer>;
  readonly controller = new AbortController();
  #content = '';
  #ended = false;
  #changed: Promise<void>;
  #announce!: () => void;
  #resolve!: (answer: Answer) => void;
  #reject!: (error: unknown) => void;
  #runOn: NodeJS.Timeout | undefined;

  constructor(plan: CallPlan) {
    this.plan = plan;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Nobody may be left to hear of a failure.
    this.answer.catch(() => {});
    this.#changed = this.#nextChange();
  }

  get id(): string {
    return this.plan.id;
  }

  get content(): string {
    return this.#content;
  }

  append(text: string): void {
    this.#content += text;
    this.#notify();
  }

  /** The client left: the call goes on for so long, then stops. */
  abandon(runOnMs: number): void {
    if (this.#ended) return;
    this.#runOn ??= setTimeout(() => this.stop('abandoned'), runOnMs);
  }

  /** Stops the provider; what was produced is charged and answered. */
  stop(reason: StopReason): void {
    this.controller.abort(new CallStopped(reason));
  }

  finish(answer: Answer): void {
    this.#end();
    this.#resolve(answer);
  }

  fail(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  /**
   * The call as events: `start`, deltas from the first character on, `done`; raises the problem of a
   * failed call. The id of a delta is the number of UTF-16 units up to its end, the place to resume from.
   */
  async *follow(): AsyncGenerator<ServerEvent> {
    yield startEvent(this.id);
    let sent = 0;
    for (;;) {
      const changed = this.#changed;
      if (sent < this.#content.length) {
        const text = this.#content.slice(sent);
        sent = this.#content.length;
        yield { id: sent, event: 'delta', data: { text } };
      } else if (this.#ended) {
        yield doneEvent(await this.answer, sent);
        return;
      } else {
        await changed;
      }
    }
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#runOn);
    this.#notify();
  }

  #notify(): void {
    const announce = this.#announce;
    this.#changed = this.#nextChange();
    announce();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#announce = resolve;
    });
  }
}
