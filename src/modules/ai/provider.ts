import type { Health } from '../../platform/kernel/index.js';

export interface ModelMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

export interface ModelRequest {
  readonly model: string;
  /** Instructions for the model, apart from the text it works on. */
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  /** Completion tokens, at least 1. */
  readonly maxTokens: number;
}

/** As the provider reports it: not to be trusted, see `plausibleUsage`. */
export interface ReportedUsage {
  readonly promptTokens?: number | undefined;
  readonly completionTokens?: number | undefined;
}

/** `length`: the model stopped at `maxTokens`. */
export type ModelFinish = 'stop' | 'length';

export type ModelEvent =
  | { readonly kind: 'delta'; readonly text: string }
  | { readonly kind: 'end'; readonly finish: ModelFinish; readonly usage?: ReportedUsage };

export interface ModelSpec {
  readonly id: string;
  /** Price of a prompt token and of a completion token, thousandths. */
  readonly inFactorThousandths: number;
  readonly outFactorThousandths: number;
  /** Prompt and completion together, tokens. */
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
}

/** Something that runs models. It makes one attempt; retries, limits and accounting are its caller's. */
export interface ModelProvider {
  readonly name: string;
  readonly kind: string;
  readonly models: readonly ModelSpec[];
  /**
   * Streams one completion: deltas, then one `end`. Rejects when the provider fails. The next event is
   * made when it is asked for. After `signal` aborts it ends soon, in any way.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** One cheap look, without spending tokens. */
  health(): Promise<Health>;
}
