import type { Logger } from '../../platform/logger/index.js';
import type { QuotaPort } from '../quota/index.js';
import type { CallPlan } from './ai.call.js';
import { estimateTokens } from './tokenizer/tokenizer.domain.js';

interface NotesOptions {
  readonly quota: Pick<QuotaPort, 'note'>;
  readonly plan: CallPlan;
  readonly noteIntervalMs: number;
  readonly noteTokens: number;
  readonly log: Logger;
}

/**
 * Tells the quota now and then what a running call has used, so that it is charged should this process
 * die: with the first text, then by time or tokens, one note under way at most. The counts are estimates.
 */
export class UsageNotes {
  readonly #options: NotesOptions;
  #tokens = 0;
  #notedTokens = 0;
  #notedAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;

  constructor(options: NotesOptions) {
    this.#options = options;
  }

  produced(text: string): void {
    this.#tokens += estimateTokens(text);
    const { noteIntervalMs, noteTokens } = this.#options;
    const due =
      performance.now() - this.#notedAt >= noteIntervalMs || this.#tokens - this.#notedTokens >= noteTokens;
    if (due && !this.#underWay) this.#underWay = this.#note();
  }

  /** Resolves when no note is under way; the settlement then comes after all of them. */
  async quiet(): Promise<void> {
    await this.#underWay;
  }

  async #note(): Promise<void> {
    const { quota, plan, log } = this.#options;
    this.#notedTokens = this.#tokens;
    this.#notedAt = performance.now();
    try {
      await quota.note(plan.id, { promptTokens: plan.promptTokens, completionTokens: this.#tokens });
    } catch (error) {
      log.warn({ err: error, callId: plan.id }, 'the usage of a running AI call could not be noted');
    } finally {
      this.#underWay = undefined;
    }
  }
}
