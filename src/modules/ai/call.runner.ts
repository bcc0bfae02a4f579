import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../../platform/errors/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import type { Logger } from '../../platform/logger/index.js';
import type { QuotaPort, Settlement } from '../quota/index.js';
import { type AiCall, type Answer, CallStopped, type StopReason } from './ai.call.js';
import type { AiConfig } from './ai.config.js';
import { aiErrors } from './ai.errors.js';
import type { AiMetrics, CallOutcome } from './ai.metrics.js';
import type { CallRepository } from './ai.repository.js';
import { type FinishReason, plausibleUsage, type Usage } from './call.domain.js';
import type { ReportedUsage } from './provider.js';
import { limited } from './stream-limits.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';
import { UsageNotes } from './usage.notes.js';

export interface RunnerOptions {
  readonly quota: QuotaPort;
  readonly repository: CallRepository;
  readonly tokenizer: Tokenizer;
  readonly clock: Clock;
  readonly config: AiConfig;
  readonly metrics: AiMetrics;
  readonly log: Logger;
}

/** A token is seldom longer; a provider that sends more than this for its tokens is out of control. */
const charactersPerTokenMax = 32;
/** Before the second attempt to settle; four times as long before each further one. */
const settlePauseMs = 50;
const stoppingRetryAfterSeconds = 5;

/** How the provider's stream ended: by itself, by our stop, or by a failure. */
type StreamEnd =
  | { readonly finish: FinishReason; readonly usage?: ReportedUsage | undefined }
  | { readonly failure: unknown };

interface CallEnding {
  readonly outcome: CallOutcome;
  /** Of a call that was charged. */
  readonly usage?: Answer['usage'];
  readonly answer?: Answer;
  readonly problem?: unknown;
}

/** Runs a planned call: provider, meter, settlement, record. */
export class CallRunner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /**
   * Streams the call to its end and settles its reservation exactly once, however it ends: done, failed,
   * stopped. Never rejects; the call tells how it went.
   */
  async run(call: AiCall): Promise<void> {
    const started = performance.now();
    const notes = new UsageNotes({ ...this.#options, ...this.#options.config, plan: call.plan });
    const end = await this.#stream(call, notes).catch((failure: unknown) => ({ failure }));
    await notes.quiet();
    const ending = await this.#account(call, end).catch(
      (problem: unknown): CallEnding => ({ outcome: 'unsettled', problem }),
    );
    await this.#record(call, ending);
    this.#report(call, ending, end, performance.now() - started);
    if (ending.answer) call.finish(ending.answer);
    else call.fail(ending.problem);
  }

  async #stream(call: AiCall, notes: UsageNotes): Promise<StreamEnd> {
    const { provider, request } = call.plan;
    const started = performance.now();
    const open = (signal: AbortSignal) => provider.stream(request, signal);
    try {
      for await (const event of limited(open, call.controller, this.#options.config)) {
        if (event.kind === 'end') return { finish: event.finish, usage: event.usage };
        // PostgreSQL text holds no NUL.
        const text = event.text.replaceAll('\0', '');
        if (text === '') continue;
        if (call.content === '') this.#options.metrics.firstToken((performance.now() - started) / 1000);
        call.append(text);
        notes.produced(text);
        if (call.content.length > request.maxTokens * charactersPerTokenMax) return { finish: 'length' };
      }
    } catch (error) {
      if (error instanceof CallStopped) return { finish: error.reason };
      throw error;
    }
    throw new Error('The provider ended its stream without an end event.');
  }

  /** Without any text nothing is charged; with text what was produced is, whatever came after it. */
  async #account(call: AiCall, end: StreamEnd): Promise<CallEnding> {
    if (call.content === '') return this.#giveBack(call, end);
    const usage = await this.#usageOf(call, 'usage' in end ? end.usage : undefined);
    const settlement = await this.#untilDone(() => this.#options.quota.settle(call.id, usage));
    const charged = { ...usage, chargedTokens: settlement.chargedTokens };
    this.#options.metrics.settled(call.plan.model.id, charged);
    if ('failure' in end) return interrupted(call, charged, end.failure);
    return {
      outcome: isStop(end.finish) ? end.finish : 'ok',
      usage: charged,
      answer: answerOf(call, end.finish, charged, settlement),
    };
  }

  async #giveBack(call: AiCall, end: StreamEnd): Promise<CallEnding> {
    await this.#untilDone(() => this.#options.quota.release(call.id));
    if ('finish' in end && isStop(end.finish)) {
      const seconds = stoppingRetryAfterSeconds;
      const problem = aiErrors.stopping({ params: { seconds }, retryAfterSeconds: seconds });
      return { outcome: end.finish, problem };
    }
    const cause = 'failure' in end ? end.failure : new Error('The provider answered no text.');
    const params = { provider: call.plan.provider.name };
    return { outcome: 'failed', problem: aiErrors.providerFailed({ params, cause }) };
  }

  async #usageOf(call: AiCall, reported: ReportedUsage | undefined): Promise<Usage> {
    const { model, request, promptTokens } = call.plan;
    const limits = { contextTokens: model.contextTokens, maxTokens: request.maxTokens };
    const plausible = plausibleUsage(reported, limits);
    return {
      promptTokens: plausible.promptTokens ?? promptTokens,
      completionTokens: plausible.completionTokens ?? (await this.#count(call.content)),
    };
  }

  async #count(content: string): Promise<number> {
    const [tokens = 0] = await this.#options.tokenizer.count([content]);
    return tokens;
  }

  /** Both settle and release are once only by the call's id, so asking again is safe. */
  async #untilDone<T>(work: () => Promise<T>): Promise<T> {
    for (let retry = 0; ; retry++) {
      try {
        return await work();
      } catch (cause) {
        if (retry === this.#options.config.settleRetriesMax) {
          throw aiErrors.settlementDelayed({ retryAfterSeconds: stoppingRetryAfterSeconds, cause });
        }
        this.#options.log.warn({ err: cause }, 'an AI call could not be settled, trying again');
        await wait(settlePauseMs * 4 ** retry);
      }
    }
  }

  async #record(call: AiCall, { answer, usage, problem }: CallEnding): Promise<void> {
    const { repository, clock, log } = this.#options;
    try {
      await repository.end(call.id, {
        state: answer ? 'done' : 'failed',
        finish_reason: answer?.finishReason ?? null,
        problem: answer ? null : problem instanceof AppError ? problem.code : 'internal-error',
        content: call.content,
        prompt_tokens: usage?.promptTokens ?? null,
        completion_tokens: usage?.completionTokens ?? null,
        charged_tokens: usage?.chargedTokens ?? null,
        ended_at: clock.now(),
      });
    } catch (error) {
      log.error({ err: error, callId: call.id }, 'the end of an AI call could not be written');
    }
  }

  #report(call: AiCall, { outcome, usage, problem }: CallEnding, end: StreamEnd, durationMs: number): void {
    const { metrics, log } = this.#options;
    const { provider, model, operation } = call.plan;
    const labels = { provider: provider.name, model: model.id, operation };
    metrics.ended(labels, outcome);
    metrics.lasted(durationMs / 1000);
    const line = { callId: call.id, ...labels, outcome, durationMs: Math.round(durationMs), ...usage };
    if (problem === undefined) log.info(line, 'AI call ended');
    else log.warn({ ...line, err: 'failure' in end ? end.failure : problem }, 'AI call failed');
  }
}

function isStop(finish: FinishReason): finish is StopReason {
  return finish === 'abandoned' || finish === 'shutdown';
}

function interrupted(call: AiCall, usage: Answer['usage'], cause: unknown): CallEnding {
  const problem = aiErrors.providerInterrupted({
    params: { provider: call.plan.provider.name, chargedTokens: usage.chargedTokens, callId: call.id },
    extensions: { callId: call.id, usage },
    cause,
  });
  return { outcome: 'interrupted', usage, problem };
}

function answerOf(
  call: AiCall,
  finishReason: FinishReason,
  usage: Answer['usage'],
  { remaining, resetsAt, unlimited }: Settlement,
): Answer {
  const { model, truncated } = call.plan;
  const quota = { remaining, resetsAt, unlimited };
  return { id: call.id, content: call.content, model: model.id, finishReason, truncated, usage, quota };
}
