import type { Caller } from '../../platform/http/index.js';
import { type BaseService, type Clock, type Health, healthy } from '../../platform/kernel/index.js';
import type { Logger } from '../../platform/logger/index.js';
import type { QuotaPort } from '../quota/index.js';
import { AiCall, type CallPlan } from './ai.call.js';
import type { AiConfig } from './ai.config.js';
import { aiErrors } from './ai.errors.js';
import type { AiMetrics } from './ai.metrics.js';
import type { CallRepository } from './ai.repository.js';
import type { CallRow } from './ai.tables.js';
import { CallPlanner, type ChapterText, type WritingInput } from './call.planner.js';
import { CallRunner } from './call.runner.js';
import type { Offer, ProviderCatalog } from './provider.catalog.js';
import type { ModelProvider } from './provider.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';

export interface AiServiceOptions {
  readonly catalog: ProviderCatalog;
  readonly tokenizer: Tokenizer;
  readonly quota: QuotaPort;
  readonly chapterText: ChapterText;
  readonly repository: CallRepository;
  readonly clock: Clock;
  readonly config: AiConfig;
  readonly metrics: AiMetrics;
  readonly log: Logger;
}

export interface ProviderHealth {
  readonly provider: ModelProvider;
  readonly health: Health;
}

const busyRetryAfterSeconds = 2;
/** After its time limit a call still settles; later than this its process is gone. */
const settleAllowanceMs = 60_000;

/** Writing help: plans, runs and accounts calls of models. */
export class AiService implements BaseService {
  readonly name = 'ai';
  readonly version = '1.0.0';
  readonly #options: AiServiceOptions;
  readonly #planner: CallPlanner;
  readonly #runner: CallRunner;
  readonly #running = new Map<string, AiCall>();
  readonly #tasks = new Set<Promise<unknown>>();
  #stopping = false;

  constructor(options: AiServiceOptions) {
    this.#options = options;
    this.#planner = new CallPlanner(options);
    this.#runner = new CallRunner(options);
  }

  async initialize(): Promise<void> {
    this.#stopping = false;
  }

  async health(): Promise<Health> {
    await this.#options.repository.check();
    const states = await this.providers();
    if (states.length === 0) return { status: 'degraded', detail: 'ai.providers is empty' };
    const troubled = states.filter(({ health }) => health.status !== 'healthy');
    if (troubled.length === 0) return healthy;
    const detail = troubled
      .map(
        ({ provider, health }) =>
          `${provider.name} ${health.status}${health.detail ? `: ${health.detail}` : ''}`,
      )
      .join('; ');
    const none = states.every(({ health }) => health.status === 'unhealthy');
    return { status: none ? 'unhealthy' : 'degraded', detail };
  }

  /** Stops every call; each settles what it produced before this resolves. */
  async close(): Promise<void> {
    this.#stopping = true;
    for (const call of this.#running.values()) call.stop('shutdown');
    while (this.#tasks.size > 0) await Promise.allSettled(this.#tasks);
    await this.#options.tokenizer.close();
  }

  /**
   * Starts a continuation of the text. Its quota is reserved when this resolves, and it runs to its end
   * and settles whether or not anyone follows it. Raises what `CallPlanner.plan` raises, and `ai-busy`,
   * `ai-stopping`.
   */
  continueText(caller: Caller, input: WritingInput): Promise<AiCall> {
    return this.#track(this.#start(caller, input));
  }

  /** The client of a call left: it runs on for a while, then stops and settles. */
  abandon(call: AiCall): void {
    call.abandon(this.#options.config.disconnectRunMs);
  }

  /** The caller's own call, while it runs here with what it has produced so far; undefined for another's. */
  async readCall(caller: Caller, id: string): Promise<CallRow | undefined> {
    const row = await this.#options.repository.find(caller.userId, id);
    const running = this.#running.get(id);
    return row?.state === 'running' && running ? { ...row, content: running.content } : row;
  }

  get models(): readonly Offer[] {
    return this.#options.catalog.offers;
  }

  providers(): Promise<ProviderHealth[]> {
    return Promise.all(
      this.#options.catalog.providers.map(async (provider) => ({
        provider,
        health: await provider.health().catch((): Health => ({ status: 'unhealthy', detail: 'no answer' })),
      })),
    );
  }

  async #start(caller: Caller, input: WritingInput): Promise<AiCall> {
    if (this.#stopping) throw stopping();
    // Includes this start and those of others that still reserve.
    if (this.#tasks.size >= this.#options.config.callsMax) {
      const seconds = busyRetryAfterSeconds;
      throw aiErrors.busy({ params: { seconds }, retryAfterSeconds: seconds });
    }
    const plan = await this.#planner.plan(caller, 'continue', input);
    await this.#admit(plan);
    const call = new AiCall(plan);
    this.#running.set(call.id, call);
    if (this.#stopping) call.stop('shutdown');
    void this.#track(this.#runner.run(call)).then(() => this.#running.delete(call.id));
    return call;
  }

  /** Writes the call down; one that can't be written does not run, and its reservation goes back. */
  async #admit(plan: CallPlan): Promise<void> {
    const { repository, quota, clock, config, log } = this.#options;
    const now = clock.now();
    try {
      await repository.insert({
        id: plan.id,
        user_id: plan.userId,
        operation: plan.operation,
        provider: plan.provider.name,
        model: plan.model.id,
        truncated: plan.truncated,
        started_at: now,
        ends_by: new Date(now.getTime() + config.totalLimitMs + settleAllowanceMs),
      });
    } catch (error) {
      await quota.release(plan.id).catch((cause: unknown) => {
        log.error({ err: cause, callId: plan.id }, 'a reservation was left to its own end');
      });
      throw error;
    }
  }

  #track<T>(task: Promise<T>): Promise<T> {
    this.#tasks.add(task);
    const done = () => void this.#tasks.delete(task);
    task.then(done, done);
    return task;
  }
}

function stopping() {
  const seconds = busyRetryAfterSeconds;
  return aiErrors.stopping({ params: { seconds }, retryAfterSeconds: seconds });
}
