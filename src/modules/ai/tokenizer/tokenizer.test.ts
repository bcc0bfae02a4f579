import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Logger } from '../../../platform/logger/index.js';
import { boundedSlices, estimateTokens } from './tokenizer.domain.js';
import { Tokenizer, type TokenizerOptions } from './tokenizer.js';

const open: Tokenizer[] = [];
afterEach(async () => {
  for (const tokenizer of open.splice(0)) await tokenizer.close();
});

function tokenizer(options: Partial<TokenizerOptions> = {}) {
  const warn = vi.fn();
  const made = new Tokenizer({
    idleMs: 60_000,
    deadlineMs: 20_000,
    log: { warn } as unknown as Logger,
    ...options,
  });
  open.push(made);
  return { made, warn };
}

function script(code: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

const prose =
  '却说黛玉自那日弃舟登岸时，便有荣国府打发了轿子并拉行李的车辆久候了。\nShe looked out of the window.';

describe('the tokenizer', () => {
  it('counts as the encoding does, Chinese near one token a character', async () => {
    const { made, warn } = tokenizer();
    expect(await made.count(['hello world', '', '你好'])).toEqual([2, 0, 1]);
    const [tokens] = await made.count([prose]);
    expect(tokens).toBeGreaterThan(prose.length * 0.4);
    expect(tokens).toBeLessThan(prose.length * 1.2);
    expect(warn).not.toHaveBeenCalled();
  });

  it('splits a text into pieces that put together are the text and count its tokens', async () => {
    const { made } = tokenizer();
    const text = `${prose} 😀👩‍👩‍👧 龘靐齉 ñ`;
    const pieces = await made.split(text);
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    const [tokens] = await made.count([text]);
    expect(pieces.reduce((sum, piece) => sum + piece.tokens, 0)).toBe(tokens);
    expect(pieces.every((piece) => piece.tokens >= 1 && !piece.text.includes('\ufffd'))).toBe(true);
  });

  it('takes control tokens in a text for plain text', async () => {
    const { made, warn } = tokenizer();
    const [tokens] = await made.count(['<|endoftext|>']);
    expect(tokens).toBeGreaterThan(1);
    expect(warn).not.toHaveBeenCalled();
  });

  it('takes 100 000 characters without a break in time proportional to their number', async () => {
    const { made } = tokenizer();
    await made.count(['warm']);
    const hostile = ['中'.repeat(100_000), 'a'.repeat(100_000), ' '.repeat(100_000), '!'.repeat(100_000)];
    const start = performance.now();
    const counts = await made.count(hostile);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(counts.every((count) => count > 0)).toBe(true);
  });

  it('ends its worker when idle and starts it again', async () => {
    const { made } = tokenizer({ idleMs: 1 });
    await made.count(['a']);
    await vi.waitFor(() => expect(made.running).toBe(false));
    expect(await made.count(['hello world'])).toEqual([2]);
  });

  it('estimates when the worker dies, says so, and recovers', async () => {
    const { made, warn } = tokenizer({ script: script('process.exit(3)') });
    expect(await made.count([prose])).toEqual([estimateTokens(prose)]);
    expect(made.trouble).toContain('exit code 3');
    expect((await made.split('甲乙')).map((piece) => piece.text)).toEqual(['甲', '乙']);
    expect(warn).toHaveBeenCalled();
  });

  it('estimates when the worker answers nothing in time, and drops it', async () => {
    const { made } = tokenizer({ script: script('setInterval(() => {}, 1000)'), deadlineMs: 20 });
    expect(await made.count(['甲乙', 'abc'])).toEqual([2, 1]);
    expect(made.trouble).toContain('within 20 ms');
    expect(made.running).toBe(false);
  });
});

describe('slices', () => {
  it('leave a usual text whole and cut only inside long runs, losing nothing', () => {
    expect(boundedSlices(prose)).toEqual([prose]);
    expect(boundedSlices('')).toEqual([]);
    const long = `start ${'字'.repeat(700)}, ${'x'.repeat(300)}\n${'\n'.repeat(600)}end`;
    const slices = boundedSlices(long);
    expect(slices.join('')).toBe(long);
    expect(slices.length).toBeGreaterThan(4);
    expect(slices.length).toBeLessThan(9);
  });
});
