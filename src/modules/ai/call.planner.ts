import type { Caller } from '../../platform/http/index.js';
import { type Clock, newId } from '../../platform/kernel/index.js';
import { type Denied, denialProblem, type QuotaPort, type Reserved } from '../quota/index.js';
import type { CallPlan } from './ai.call.js';
import type { AiConfig } from './ai.config.js';
import { aiErrors } from './ai.errors.js';
import type { AiMetrics } from './ai.metrics.js';
import { affordablePrompt, type Operation, withMargin } from './call.domain.js';
import {
  asContext,
  continueInstructions,
  type FittedPrompt,
  fitPrompt,
  type Paragraph,
  paragraphsOf,
} from './prompt.domain.js';
import type { Offer, ProviderCatalog } from './provider.catalog.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';

export interface WritingInput {
  readonly text: string;
  readonly instruction?: string | undefined;
  readonly model?: string | undefined;
  readonly maxTokens?: number | undefined;
  readonly chapterId?: string | undefined;
}

/** The text of a chapter that the caller may read; raises the problem that says why not. */
export type ChapterText = (caller: Caller, chapterId: string) => Promise<string>;

export interface PlannerOptions {
  readonly catalog: ProviderCatalog;
  readonly tokenizer: Tokenizer;
  readonly quota: QuotaPort;
  readonly chapterText: ChapterText;
  readonly clock: Clock;
  readonly config: AiConfig;
  readonly metrics: AiMetrics;
}

/** Attempts to make the context fit what is left; the amount may fall meanwhile. */
const contextAttemptsMax = 3;

interface Draft {
  readonly callId: string;
  readonly caller: Caller;
  readonly operation: Operation;
  readonly offer: Offer;
  readonly input: WritingInput;
  readonly system: string;
  readonly systemTokens: number;
  readonly context: readonly Paragraph[];
  readonly text: readonly Paragraph[];
  /** Completion tokens that the prompt leaves room for. */
  readonly outputTokens: number;
}

/** Turns a request into a call that may run: context, prompt, quota. */
export class CallPlanner {
  readonly #options: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /**
   * Its quota is reserved when it answers: the caller settles or releases it. Raises `model-unknown`,
   * `text-too-long`, what `chapterText` raises, and the quota's `quota-exhausted`, `quota-suspended`.
   */
  async plan(caller: Caller, operation: Operation, input: WritingInput): Promise<CallPlan> {
    const draft = await this.#draft(caller, operation, input);
    const { prompt, reserved } = await this.#reserve(draft);
    const { provider, model } = draft.offer;
    return {
      id: draft.callId,
      userId: caller.userId,
      operation,
      provider,
      model,
      promptTokens: draft.systemTokens + prompt.tokens,
      truncated: prompt.truncated,
      request: {
        model: model.id,
        system: draft.system,
        messages: [{ role: 'user', content: prompt.content }],
        maxTokens: Math.min(reserved.maxTokens, model.maxOutputTokens),
      },
    };
  }

  async #draft(caller: Caller, operation: Operation, input: WritingInput): Promise<Draft> {
    const { catalog, chapterText, clock, config, tokenizer } = this.#options;
    const offer = catalog.offer(input.model);
    const chapter = input.chapterId === undefined ? '' : await chapterText(caller, input.chapterId);
    const system = continueInstructions(input.instruction);
    const context = asContext(chapter);
    const text = paragraphsOf(input.text);
    const counts = await tokenizer.count([system, ...context, ...text]);
    const paragraphs = [...context, ...text].map((paragraph, index) => ({
      text: paragraph,
      tokens: counts[index + 1] as number,
    }));
    return {
      ...{ callId: newId(clock.now()), caller, operation, offer, input, system },
      systemTokens: counts[0] as number,
      context: paragraphs.slice(0, context.length),
      text: paragraphs.slice(context.length),
      outputTokens: Math.min(input.maxTokens ?? config.answerTokensDefault, offer.model.maxOutputTokens),
    };
  }

  /** The chapter gives way to what is left of the quota; the caller's own text never does. */
  async #reserve(draft: Draft): Promise<{ prompt: FittedPrompt; reserved: Reserved }> {
    const window = draft.offer.model.contextTokens - draft.outputTokens - draft.systemTokens;
    let prompt = fitPrompt(draft.context, draft.text, window);
    for (let attempt = 0; attempt < contextAttemptsMax && prompt?.usesContext; attempt++) {
      const answer = await this.#ask(draft, prompt, draft.outputTokens);
      if (answer.allowed) return { prompt, reserved: answer };
      if (answer.reason !== 'exhausted') throw this.#denied(draft, answer);
      prompt = fitPrompt(draft.context, draft.text, Math.min(window, this.#affordable(draft, answer)));
    }
    const text = fitPrompt([], draft.text, window) ?? this.#refuseText(draft, window);
    const answer = await this.#ask(draft, text, draft.input.maxTokens);
    if (!answer.allowed) throw this.#denied(draft, answer);
    return { prompt: { ...text, truncated: text.truncated || draft.context.length > 0 }, reserved: answer };
  }

  #ask(draft: Draft, prompt: FittedPrompt, maxTokens: number | undefined): Promise<Reserved | Denied> {
    const { caller, operation, offer } = draft;
    const { promptMarginThousandths } = this.#options.config;
    return this.#options.quota.reserve({
      callId: draft.callId,
      userId: caller.userId,
      roles: caller.roles,
      promptTokens: withMargin(draft.systemTokens + prompt.tokens, promptMarginThousandths),
      ...(maxTokens !== undefined && { maxTokens: Math.min(maxTokens, offer.model.maxOutputTokens) }),
      inFactor: offer.model.inFactorThousandths,
      outFactor: offer.model.outFactorThousandths,
      operation,
      model: offer.model.id,
    });
  }

  #affordable({ offer, outputTokens, systemTokens }: Draft, { available }: Denied): number {
    const { promptMarginThousandths } = this.#options.config;
    return affordablePrompt(available, outputTokens, offer.model, promptMarginThousandths) - systemTokens;
  }

  #denied({ offer, operation }: Draft, denied: Denied): Error {
    const labels = { provider: offer.provider.name, model: offer.model.id, operation };
    this.#options.metrics.ended(labels, 'denied');
    return denialProblem(denied, this.#options.clock.now());
  }

  #refuseText({ text, systemTokens, outputTokens, offer }: Draft, window: number): never {
    const tokens = systemTokens + (text.at(-1)?.tokens ?? 0);
    const limit = Math.max(0, window + systemTokens);
    throw aiErrors.textTooLong({
      params: { tokens, limit },
      extensions: { tokens, limit },
      internal: `${tokens} tokens for ${offer.model.id} beside ${outputTokens} of output`,
    });
  }
}
