import { expect, it, vi } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { insertUser } from '../../../testing/users.repository.js';
import { Quota } from '../../quota/index.js';
import { aiModule } from '../ai.module.js';
import { start } from './ai-harness.js';
import { json, parseEvents, readUntil } from './http-harness.js';
import { chapterId, demoAt, openModule, secretLine, text } from './open-module.js';

describeEachEngine('POST /ai/continue', (open) => {
  it('charges JSON and stream the same, and the quota falls by exactly the charged tokens', async () => {
    const { post, read, used } = await openModule(open);
    const whole = await post('/ai/continue', { text, maxTokens: 100 });
    expect(whole.status).toBe(200);
    const answer = await json(whole);
    expect(await used()).toBe(answer.usage.chargedTokens);
    expect(answer.quota).toMatchObject({ remaining: 10_000 - answer.usage.chargedTokens, unlimited: false });

    const streamed = await post('/ai/continue', { text, maxTokens: 100, stream: true });
    expect(streamed.headers.get('content-type')).toContain('text/event-stream');
    expect(streamed.headers.get('x-request-id')).not.toBeNull();
    expect(streamed.headers.get('x-content-type-options')).toBe('nosniff');
    const events = parseEvents(await streamed.text());
    const done = events.at(-1);
    expect(done?.data).toEqual({
      ...answer,
      id: events[0]?.data.id,
      quota: { ...answer.quota, remaining: answer.quota.remaining - answer.usage.chargedTokens },
    });
    expect(await used()).toBe(2 * answer.usage.chargedTokens);
    const stored = await read(`/ai/calls/${answer.id}`);
    expect(stored).toMatchObject({ state: 'done', content: answer.content, usage: answer.usage });
  });

  it('streams start, deltas that make up the answer, then done, under ascending ids', async () => {
    const { post } = await openModule(open, demoAt(100));
    const events = parseEvents(
      await (await post('/ai/continue', { text, maxTokens: 60, stream: true })).text(),
    );
    const deltas = events.filter(({ event }) => event === 'delta');
    expect(events[0]).toMatchObject({ id: 0, event: 'start' });
    expect(events.at(-1)?.event).toBe('done');
    expect(deltas.length).toBeGreaterThan(5);
    expect(deltas.map(({ data }) => data.text).join('')).toBe(events.at(-1)?.data.content);
    const ids = events.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  });

  it('takes a chapter as context only through the access decision', async () => {
    const { post, used } = await openModule(open);
    const ask = (id: string, stream = false) => post('/ai/continue', { text, chapterId: id, stream });
    const lockedId = '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a12';
    for (const stream of [false, true]) {
      const refused = await ask(lockedId, stream);
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ code: 'chapter-locked', price: 10, myPrice: 8 });
    }
    const unknown = await ask('0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a13');
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ code: 'chapter-not-found' });
    expect(await used()).toBe(0);
    const without = await json(post('/ai/continue', { text }));
    const withChapter = await json(ask(chapterId));
    expect(withChapter.usage.promptTokens).toBeGreaterThan(without.usage.promptTokens);
  });

  it('refuses what it does not understand before it reserves anything', async () => {
    const { post, used } = await openModule(open);
    const refused = async (body: unknown) => (await post('/ai/continue', body)).status;
    expect(await refused({})).toBe(400);
    expect(await refused({ text: ' \n ' })).toBe(400);
    expect(await refused({ text, temperature: 1 })).toBe(400);
    expect(await refused({ text, maxTokens: 0 })).toBe(400);
    expect(await refused({ text, maxTokens: -5 })).toBe(400);
    expect(await refused({ text, chapterId: '../../etc/passwd' })).toBe(400);
    expect(await refused({ text: 'x'.repeat(60_000) })).toBe(400);
    expect(await refused({ text, model: 'gpt-9' })).toBe(400);
    expect((await post('/ai/continue', { text }, { user: 'nobody' })).status).toBe(401);
    expect(await used()).toBe(0);
  });

  it('denies a call beyond the quota with what is left and when it resets', async () => {
    const { post } = await openModule(open);
    const long = await post('/ai/continue', { text: text.repeat(220), maxTokens: 3_000 });
    expect(long.status).toBe(429);
    expect(long.headers.get('retry-after')).not.toBeNull();
    expect(await long.json()).toMatchObject({ code: 'quota-exhausted', available: expect.any(Number) });
  });

  it('settles a stream whose client left, after the time allowed, with what was produced', async () => {
    const { post, read, used } = await openModule(open, { ...demoAt(100), disconnectRunMs: 50 });
    const leaving = new AbortController();
    const response = await post(
      '/ai/continue',
      { text, maxTokens: 2_000, stream: true },
      { signal: leaving.signal },
    );
    const [started] = parseEvents((await readUntil(response, 'delta')).split('\n\n')[0] ?? '');
    leaving.abort();
    const call = await vi.waitFor(async () => {
      const stored = await read(`/ai/calls/${started?.data.id}`);
      expect(stored.state).toBe('done');
      return stored;
    }, 10_000);
    expect(call.finishReason).toBe('abandoned');
    expect(call.content.length).toBeGreaterThan(0);
    expect(await used()).toBe(call.usage.chargedTokens);
  });

  it('lets a plain call whose client waits take longer than one whose client left', async () => {
    const { post } = await openModule(open, { ...demoAt(100), disconnectRunMs: 1 });
    const answer = await json(post('/ai/continue', { text, maxTokens: 60 }));
    expect(answer.finishReason).not.toBe('abandoned');
    expect(answer.usage.completionTokens).toBeGreaterThanOrEqual(48);
  });

  it('settles a plain call whose client left', async () => {
    const { post, used, metrics } = await openModule(open, { ...demoAt(100), disconnectRunMs: 50 });
    const leaving = new AbortController();
    const answer = post('/ai/continue', { text, maxTokens: 2_000 }, { signal: leaving.signal });
    answer.catch(() => {});
    await vi.waitFor(async () => {
      const samples = (await metrics.registry.getSingleMetric('ai_time_to_first_token_seconds')?.get())
        ?.values;
      expect(samples?.some(({ value }) => value > 0)).toBe(true);
    }, 10_000);
    leaving.abort();
    await vi.waitFor(async () => {
      const samples = (await metrics.registry.getSingleMetric('ai_requests_total')?.get())?.values ?? [];
      expect(samples.map(({ labels }) => labels.outcome)).toEqual(['abandoned']);
    }, 10_000);
    expect(await used()).toBeGreaterThan(0);
  });

  it('ends streams and plain answers with their charge when the server stops', async () => {
    const { post, used, streams } = await openModule(open, demoAt(100));
    const streamed = await post('/ai/continue', { text, maxTokens: 2_000, stream: true });
    const begun = await readUntil(streamed, 'delta');
    const plain = post('/ai/continue', { text, maxTokens: 2_000 });
    await vi.waitFor(async () => expect(await used()).toBe(0));
    await streams.drain({ deadlineMs: 300, lastEvent: { event: 'stopping', data: {} } });
    const events = parseEvents(begun + (await readUntil(streamed)));
    const answer = await json(plain);
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { finishReason: 'shutdown' } });
    expect(answer).toMatchObject({ finishReason: 'shutdown' });
    expect(await used()).toBe(events.at(-1)?.data.usage.chargedTokens + answer.usage.chargedTokens);
  });

  it('never overspends with 20 calls at once, and what it charges is what the quota lost', async () => {
    const { post, quota, user } = await openModule(open);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        post('/ai/continue', { text, maxTokens: 800, stream: n % 2 === 0 }),
      ),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    const charged = bodies.map((body) => Number(/"chargedTokens":(\d+)/.exec(body)?.[1] ?? 0));
    const reading = await quota.read(user, ['reader']);
    expect(reading.used).toBe(charged.reduce((sum, tokens) => sum + tokens, 0));
    expect(reading).toMatchObject({ reserved: 0, available: 10_000 - reading.used });
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
  });

  it('logs each call with its trace and neither prompts nor answers', async () => {
    const { post, lines } = await openModule(open);
    const answer = await json(post('/ai/continue', { text, chapterId, instruction: '写得安静一些' }));
    const written = lines.join('\n');
    const line = lines.map((each) => JSON.parse(each)).find(({ msg }) => msg === 'AI call ended');
    expect(line).toMatchObject({ callId: answer.id, outcome: 'ok', ...answer.usage });
    expect(line.traceId).toMatch(/^[0-9a-f]{32}$/);
    for (const secret of [text.slice(0, 8), secretLine, '写得安静一些', answer.content.slice(0, 8)]) {
      expect(written).not.toContain(secret);
    }
  });
});

describeEachEngine('reading about AI', (open) => {
  it('lists models and providers, and shows a call to nobody but its owner', async () => {
    const { get, post, database } = await openModule(open);
    expect(await (await get('/ai/models')).json()).toEqual({
      items: [expect.objectContaining({ id: 'demo', provider: 'demo', default: true, inFactor: 1 })],
      nextCursor: null,
    });
    expect(await (await get('/ai/providers')).json()).toEqual({
      items: [{ name: 'demo', kind: 'demo', status: 'healthy', models: ['demo'] }],
      nextCursor: null,
    });
    const { id } = await json(post('/ai/continue', { text, maxTokens: 20 }));
    const stranger = await insertUser(database, start);
    expect((await get(`/ai/calls/${id}`)).status).toBe(200);
    expect((await get(`/ai/calls/${id}`, stranger)).status).toBe(404);
    expect((await get('/ai/calls/not-an-id')).status).toBe(400);
  });
});

it('the module asks for the quota by its port', () => {
  expect(aiModule.needs.quota).toBe(Quota);
  expect(aiModule.criticality).toBe('optional');
});
