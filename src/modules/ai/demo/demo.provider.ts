import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Health, healthy } from '../../../platform/kernel/index.js';
import type { ModelEvent, ModelProvider, ModelRequest, ModelSpec } from '../provider.js';
import type { TokenPiece } from '../tokenizer/tokenizer.domain.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { continuation, randomSequence, sentenceEnd } from './demo-text.domain.js';

interface DemoOptions {
  readonly name: string;
  readonly models: readonly ModelSpec[];
  /** Pace of the stream; 0 streams as fast as it is read. */
  readonly tokensPerSecond: number;
  readonly tokenizer: Tokenizer;
}

/** Characters made and tokenized together. */
const stretchChars = 60;
/** From this share of `maxTokens` on the next end of a sentence ends the text. */
const closingShare = 0.8;

/**
 * A provider that needs no network and no model: it continues the messages by their own character
 * statistics. For first runs, demonstrations and tests; it says nothing sensible, but it streams, counts
 * and stops as a real one does, and the same request always gives the same text.
 */
export class DemoProvider implements ModelProvider {
  readonly kind = 'demo';
  readonly name: string;
  readonly models: readonly ModelSpec[];
  readonly #tokensPerSecond: number;
  readonly #tokenizer: Tokenizer;

  constructor({ name, models, tokensPerSecond, tokenizer }: DemoOptions) {
    this.name = name;
    this.models = models;
    this.#tokensPerSecond = tokensPerSecond;
    this.#tokenizer = tokenizer;
  }

  async health(): Promise<Health> {
    const { trouble } = this.#tokenizer;
    return trouble ? { status: 'degraded', detail: `tokens are estimated: ${trouble}` } : healthy;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const corpus = request.messages.map(({ content }) => content).join('\n');
    if (corpus.length === 0) throw new Error('The demo provider needs a text to continue.');
    const promptTokens = await this.#countPrompt(request);
    const started = performance.now();
    let completionTokens = 0;
    for await (const { text, tokens } of this.#pieces(corpus)) {
      if (completionTokens + tokens > request.maxTokens) {
        yield { kind: 'end', finish: 'length', usage: { promptTokens, completionTokens } };
        return;
      }
      completionTokens += tokens;
      await this.#pace(started, completionTokens, signal);
      yield { kind: 'delta', text };
      if (completionTokens >= request.maxTokens * closingShare && sentenceEnd.test(text)) break;
    }
    yield { kind: 'end', finish: 'stop', usage: { promptTokens, completionTokens } };
  }

  async #countPrompt({ system, messages }: ModelRequest): Promise<number> {
    const counts = await this.#tokenizer.count([system, ...messages.map(({ content }) => content)]);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async *#pieces(corpus: string): AsyncGenerator<TokenPiece> {
    const seed = createHash('sha256').update(corpus).digest().readUInt32LE();
    const characters = continuation(corpus, randomSequence(seed));
    for (;;) {
      let stretch = '';
      while (stretch.length < stretchChars) stretch += characters.next().value;
      yield* await this.#tokenizer.split(stretch);
    }
  }

  /** Waits until the token is due; a reader that fell behind gets the next ones at once. */
  async #pace(started: number, tokens: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#tokensPerSecond === 0) return;
    const dueMs = started + (tokens * 1000) / this.#tokensPerSecond - performance.now();
    if (dueMs >= 1) await wait(dueMs, undefined, { signal });
  }
}
