import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affordablePrompt, plausibleUsage, withMargin } from './call.domain.js';

const limits = { contextTokens: 1_000, maxTokens: 100 };

describe('reported usage', () => {
  it('is taken only where it can be true', () => {
    const taken = (promptTokens?: number, completionTokens?: number) =>
      plausibleUsage({ promptTokens, completionTokens }, limits);
    expect(taken(1_000, 100)).toEqual({ promptTokens: 1_000, completionTokens: 100 });
    expect(taken(1_001, 101)).toEqual({ promptTokens: undefined, completionTokens: undefined });
    expect(taken(0, -1)).toEqual({ promptTokens: undefined, completionTokens: undefined });
    expect(taken(1.5, Number.NaN)).toEqual({ promptTokens: undefined, completionTokens: undefined });
    expect(plausibleUsage(undefined, limits).promptTokens).toBeUndefined();
  });
});

describe('the affordable prompt', () => {
  it('with its margin and output never costs more than what is left, and one token more would', () => {
    const factor = fc.integer({ min: 1, max: 10_000 });
    const amounts = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(
        amounts,
        amounts,
        factor,
        factor,
        fc.integer({ min: 1000, max: 3000 }),
        (left, out, i, o, margin) => {
          const model = { inFactorThousandths: i, outFactorThousandths: o };
          const cost = (prompt: number) => Math.ceil((withMargin(prompt, margin) * i + out * o) / 1000);
          const prompt = affordablePrompt(left, out, model, margin);
          if (prompt >= 0) expect(cost(prompt)).toBeLessThanOrEqual(left);
          return cost(Math.max(0, prompt + 1)) > left;
        },
      ),
    );
  });

  it('has no bound where prompts are free', () => {
    const free = { inFactorThousandths: 0, outFactorThousandths: 1000 };
    expect(affordablePrompt(0, 500, free, 1200)).toBe(Number.POSITIVE_INFINITY);
  });
});
