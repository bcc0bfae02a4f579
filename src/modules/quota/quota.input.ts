import type { ReserveRequest, TokenUsage } from './quota.port.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Bounds that keep every product of tokens and factor an exact number. */
const tokensMax = 1_000_000_000;
const factorThousandthsMax = 1_000_000;

/** What callers hand in is their program's business, so a wrong value is a RangeError, not a public problem. */
export function checkReserveRequest(request: ReserveRequest): void {
  checkUuid('callId', request.callId);
  checkUuid('userId', request.userId);
  checkWhole('promptTokens', request.promptTokens, 0, tokensMax);
  if (request.maxTokens !== undefined) checkWhole('maxTokens', request.maxTokens, 1, tokensMax);
  checkWhole('inFactor', request.inFactor, 0, factorThousandthsMax);
  checkWhole('outFactor', request.outFactor, 0, factorThousandthsMax);
}

/** A negative count would be credit. */
export function checkUsage(usage: TokenUsage): void {
  checkWhole('promptTokens', usage.promptTokens, 0, tokensMax);
  checkWhole('completionTokens', usage.completionTokens, 0, tokensMax);
}

export function checkUuid(name: string, value: string): void {
  if (!uuid.test(value)) throw new RangeError(`${name}: a UUID was expected, not ${JSON.stringify(value)}`);
}

export function checkWhole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name}: a whole number from ${min} to ${max} was expected, not ${value}`);
  }
}
