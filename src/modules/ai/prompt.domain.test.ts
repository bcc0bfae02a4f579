import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asContext, continueInstructions, fitPrompt, type Paragraph, paragraphsOf } from './prompt.domain.js';

const paragraph = (text: string): Paragraph => ({ text: `${text}\n`, tokens: text.length });
const list = (...texts: string[]) => texts.map(paragraph);

const paragraphs = fc.array(
  fc.record({
    text: fc.string({ maxLength: 5 }).map((text) => `${text}\n`),
    tokens: fc.integer({ min: 1, max: 20 }),
  }),
  { maxLength: 12 },
);

describe('a prompt', () => {
  it('is an end of context and text, within the budget, and the longest such', () => {
    fc.assert(
      fc.property(paragraphs, paragraphs, fc.integer({ min: -5, max: 200 }), (context, text, budget) => {
        const all = [...context, ...text];
        const fitted = fitPrompt(context, text, budget);
        const last = all.at(-1);
        if (!fitted) return last === undefined || last.tokens > budget;
        const whole = all.map((each) => each.text).join('');
        const count = all.findIndex(
          (_, start) =>
            all
              .slice(start)
              .map((each) => each.text)
              .join('') === fitted.content,
        );
        const next = all[all.length - (all.length - count) - 1];
        expect(whole.endsWith(fitted.content)).toBe(true);
        expect(fitted.tokens).toBeLessThanOrEqual(budget);
        expect(fitted.truncated).toBe(fitted.tokens < all.reduce((sum, each) => sum + each.tokens, 0));
        return !fitted.truncated || next === undefined || fitted.tokens + next.tokens > budget;
      }),
    );
  });

  it('gives up the context before the text, and the beginning before the end', () => {
    const context = list('aaaa', 'bbbb');
    const text = list('cccc', 'dddd');
    const cases = [16, 15, 11, 7, 3].map((budget) => fitPrompt(context, text, budget));
    expect(cases.map((fitted) => fitted?.content)).toEqual([
      'aaaa\nbbbb\ncccc\ndddd\n',
      'bbbb\ncccc\ndddd\n',
      'cccc\ndddd\n',
      'dddd\n',
      undefined,
    ]);
    expect(cases.map((fitted) => fitted?.usesContext)).toEqual([true, true, false, false, undefined]);
    expect(cases.map((fitted) => fitted?.textCut)).toEqual([false, false, false, true, undefined]);
  });

  it('keeps every character of a text in its paragraphs', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '字', ' ') }), (text) => {
        const parts = paragraphsOf(text);
        expect(parts.join('')).toBe(text);
        return parts.every((part) => part.indexOf('\n') === -1 || part.indexOf('\n') === part.length - 1);
      }),
    );
  });

  it('has the chapter as paragraphs of its own before the text', () => {
    expect(asContext('一\r\n二\n\n')).toEqual(['一\n', '二\n']);
    expect(asContext(' \n')).toEqual([]);
  });

  it('carries the wish of the author in the instructions, not in the text', () => {
    expect(continueInstructions('更安静')).toContain('更安静');
    expect(continueInstructions(undefined)).not.toContain('要求：');
  });
});
