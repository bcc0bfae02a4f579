import type { ModelSpec, ReportedUsage } from './provider.js';

/** `abandoned`: its client left and the time after it was over. `shutdown`: the server stopped. */
export const finishReasons = ['stop', 'length', 'abandoned', 'shutdown'] as const;
export type FinishReason = (typeof finishReasons)[number];

export const operations = ['continue'] as const;
export type Operation = (typeof operations)[number];

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/**
 * What a provider reports, where it can be true: whole, positive (a call with a text has used some) and
 * within what the call allowed. A negative count would be a credit, a missing one a free call, a huge one
 * would empty the user's quota; our own count takes the place of what is left out here.
 */
export function plausibleUsage(
  reported: ReportedUsage | undefined,
  limits: { readonly contextTokens: number; readonly maxTokens: number },
): ReportedUsage {
  return {
    promptTokens: within(reported?.promptTokens, limits.contextTokens),
    completionTokens: within(reported?.completionTokens, limits.maxTokens),
  };
}

function within(count: number | undefined, maximum: number): number | undefined {
  const possible = count !== undefined && Number.isSafeInteger(count) && count > 0 && count <= maximum;
  return possible ? count : undefined;
}

/** Prompt tokens to reserve for what we count. */
export function withMargin(promptTokens: number, marginThousandths: number): number {
  return Math.ceil((promptTokens * marginThousandths) / 1000);
}

/** The longest prompt, by our count, whose reservation with `outputTokens` fits what is left; may be negative. */
export function affordablePrompt(
  availableTokens: number,
  outputTokens: number,
  model: Pick<ModelSpec, 'inFactorThousandths' | 'outFactorThousandths'>,
  marginThousandths: number,
): number {
  if (model.inFactorThousandths === 0) return Number.POSITIVE_INFINITY;
  const leftThousandths = availableTokens * 1000 - outputTokens * model.outFactorThousandths;
  const reservable = Math.floor(leftThousandths / model.inFactorThousandths);
  return Math.floor((reservable * 1000) / marginThousandths);
}
