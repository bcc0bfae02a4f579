import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import type { AiConfig } from '../ai.config.js';
import { json, parseEvents, readUntil } from './http-harness.js';
import { demoAt, openModule, text } from './open-module.js';

describeEachEngine('POST /ai/continue under an Idempotency-Key', (open) => {
  async function start(tokensPerSecond: number, config: Partial<AiConfig> = {}) {
    const opened = await openModule(open, { ...demoAt(tokensPerSecond), ...config });
    const call = (key: string, body: object = {}) =>
      opened.post('/ai/continue', { text, maxTokens: 60, ...body }, { headers: { 'idempotency-key': key } });
    return { ...opened, call };
  }

  it('is one call of the model and one charge; its repetition answers the same bytes', async () => {
    const { call, used } = await start(0);
    const first = await call('k-1');
    const answer = await first.text();
    const charged = JSON.parse(answer).usage.chargedTokens;
    expect([first.status, first.headers.get('idempotency-replayed'), await used()]).toEqual([
      200,
      null,
      charged,
    ]);
    const again = await call('k-1');
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(await again.text()).toBe(answer);
    expect(await used()).toBe(charged);
    expect((await json(call('k-1', { text: '另一段文字。' }))).code).toBe('idempotency-key-reused');
    await call('k-2');
    expect(await used()).toBe(2 * charged);
  });

  it('as a stream is repeated as its first and its last event', async () => {
    const { call, used } = await start(0);
    const streamed = parseEvents(await (await call('k-1', { stream: true })).text());
    const charged = await used();
    const repeated = await call('k-1', { stream: true });
    expect(repeated.headers.get('content-type')).toContain('text/event-stream');
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
    const events = parseEvents(await repeated.text());
    expect(events).toEqual([streamed[0], streamed.at(-1)]);
    expect(events.map(({ event }) => event)).toEqual(['start', 'done']);
    expect(await used()).toBe(charged);
  });

  it('ten at once, streamed and whole, are one call a key', async () => {
    const { call, used } = await start(0);
    const whole = await Promise.all(Array.from({ length: 10 }, () => call('whole').then((r) => r.text())));
    expect(new Set(whole).size).toBe(1);
    const one = await used();
    const streams = await Promise.all(
      Array.from({ length: 10 }, () => call('streamed', { stream: true }).then((r) => r.text())),
    );
    const answers = streams.map((text) => JSON.stringify(parseEvents(text).at(-1)));
    expect(new Set(answers).size).toBe(1);
    expect(await used()).toBe(2 * one);
  });

  it('a client that left its stream gets what was written until then, and pays for it once', async () => {
    const { call, used } = await start(20, { disconnectRunMs: 50 });
    const stream = await call('k-1', { stream: true });
    await readUntil(stream, 'delta');
    await stream.body?.cancel();
    await expect
      .poll(async () => (await call('k-1', { stream: true })).status, { timeout: 10_000 })
      .toBe(200);
    const repeated = await call('k-1', { stream: true });
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
    const done = parseEvents(await repeated.text()).at(-1);
    expect(done).toMatchObject({ event: 'done', data: { finishReason: 'abandoned' } });
    expect(await used()).toBe(done?.data.usage.chargedTokens);
  });

  it('a refusal is not kept: the same request under the same key succeeds later', async () => {
    const { call, used, service } = await start(0);
    await service.close();
    const refused = await call('k-1');
    expect([refused.status, (await json(refused)).code, await used()]).toEqual([503, 'ai-stopping', 0]);
    await service.initialize(new AbortController().signal);
    const success = await call('k-1');
    expect([success.status, success.headers.get('idempotency-replayed')]).toEqual([200, null]);
    expect(await used()).toBe((await json(success)).usage.chargedTokens);
  });
});
