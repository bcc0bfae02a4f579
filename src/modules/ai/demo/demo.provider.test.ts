import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Logger } from '../../../platform/logger/index.js';
import type { ModelEvent, ModelRequest } from '../provider.js';
import { Tokenizer } from '../tokenizer/tokenizer.js';
import { DemoProvider } from './demo.provider.js';
import { continuation, randomSequence } from './demo-text.domain.js';

const log = { warn: vi.fn() } as unknown as Logger;
const tokenizer = new Tokenizer({ idleMs: 60_000, deadlineMs: 20_000, log });
afterAll(() => tokenizer.close());

const spec = {
  id: 'demo',
  inFactorThousandths: 1000,
  outFactorThousandths: 1000,
  contextTokens: 8_000,
  maxOutputTokens: 4_000,
};
const provider = (tokensPerSecond = 0) =>
  new DemoProvider({ name: 'demo', models: [spec], tokensPerSecond, tokenizer });

const story =
  '夜色沉下来，山门外的灯笼一盏一盏亮了。师兄提着剑走过石阶，回头看了她一眼。“你还不走？”他问。' +
  '她没有答，只把手里的灯笼举高了些。雪落在石阶上，落在剑上，也落在她的肩头。“走吧。”她说。';

function request(over: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: 'demo',
    system: 'go on',
    messages: [{ role: 'user', content: story }],
    maxTokens: 80,
    ...over,
  };
}

async function run(over: Partial<ModelRequest> = {}, signal = new AbortController().signal) {
  const events: ModelEvent[] = [];
  for await (const event of provider().stream(request(over), signal)) events.push(event);
  const end = events.at(-1);
  if (end?.kind !== 'end') throw new Error('the stream has no end');
  const deltas = events.flatMap((event) => (event.kind === 'delta' ? [event.text] : []));
  return { deltas, text: deltas.join(''), end };
}

describe('the demo provider', () => {
  it('gives the same text for the same request and another for another', async () => {
    const first = await run();
    expect((await run()).text).toBe(first.text);
    const other = [{ role: 'user' as const, content: `${story}风停了。` }];
    expect((await run({ messages: other })).text).not.toBe(first.text);
  });

  it('uses only characters of the text it continues, and wanders from it', async () => {
    const { text } = await run();
    expect([...text].every((character) => story.includes(character))).toBe(true);
    expect(story).not.toContain(text);
  });

  it('streams token by token and reports exactly what it streamed', async () => {
    const { text, deltas, end } = await run();
    expect(deltas.length).toBeGreaterThan(20);
    const [counted, prompt] = await tokenizer.count([text, story]);
    const reported = end.usage?.completionTokens ?? 0;
    // The text is tokenized in stretches: a token that would join two of them counts as two.
    expect(reported).toBeGreaterThanOrEqual(counted ?? 0);
    expect(reported).toBeLessThanOrEqual((counted ?? 0) + deltas.length / 10 + 1);
    const [system] = await tokenizer.count(['go on']);
    expect(end.usage?.promptTokens).toBe((prompt ?? 0) + (system ?? 0));
  });

  it('never exceeds maxTokens and prefers to end with a sentence', async () => {
    const closed = await run({ maxTokens: 200 });
    expect(closed.end.usage?.completionTokens).toBeLessThanOrEqual(200);
    expect(closed.end.finish).toBe('stop');
    expect(closed.text).toMatch(/[。！？”]$/);
    const breathless = await run({ maxTokens: 50, messages: [{ role: 'user', content: '无边落木萧萧下' }] });
    expect(breathless.end).toMatchObject({ finish: 'length' });
    expect(breathless.end.usage?.completionTokens).toBeLessThanOrEqual(50);
    const single = await run({ maxTokens: 1 });
    expect(single.end.usage?.completionTokens).toBeLessThanOrEqual(1);
  });

  it.each(['a', '😀', '\ud83d', 'ab', '啊啊啊啊', '\u0000\n', 'She said: "No." He left.'])(
    'continues even %j without breaking a character',
    async (content) => {
      const { text, end } = await run({ messages: [{ role: 'user', content }], maxTokens: 30 });
      expect(text.length).toBeGreaterThan(0);
      expect(Buffer.from(text).toString()).toBe(text);
      expect(end.usage?.completionTokens).toBeLessThanOrEqual(30);
    },
  );

  it('stops when it is aborted, in the middle of a wait too', async () => {
    const controller = new AbortController();
    const slow = provider(0.001).stream(request(), controller.signal);
    const next = slow.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow();
  });

  it('keeps its pace', async () => {
    const started = performance.now();
    let tokens = 0;
    for await (const event of provider(400).stream(request(), new AbortController().signal)) {
      if (event.kind === 'end') tokens = event.usage?.completionTokens ?? 0;
    }
    expect(performance.now() - started).toBeGreaterThanOrEqual((tokens / 400) * 1000 - 20);
  });
});

describe('continuation', () => {
  it('stays quick on a long text', () => {
    const corpus = story.repeat(300);
    const characters = continuation(corpus, randomSequence(1));
    const started = performance.now();
    let made = 0;
    for (; made < 2_000; made++) characters.next();
    expect(made).toBe(2_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
