import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { callerOf } from '../../../testing/route-server.js';
import { insertUser } from '../../../testing/users.repository.js';
import { callOf } from '../ai.schema.js';
import { aiOpener, start } from './ai-harness.js';
import { FakeQuota, hangsAfter, ScriptedProvider, says, testModel } from './fakes.js';

/** Forty paragraphs of about twenty tokens. */
const chapter = Array.from({ length: 40 }, (_, n) => `第${n}段：师兄提着剑走过石阶，回头看了她一眼。`).join(
  '\n',
);
const chapterId = '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11';
const sent = (provider: ScriptedProvider) => provider.requests[0]?.messages[0]?.content ?? '';

describeEachEngine('planning an AI call', (open) => {
  const openAi = aiOpener(open);

  it('gives the model the chapter, then the text, and the wish as an instruction', async () => {
    const provider = new ScriptedProvider();
    const { continueText } = await openAi({ provider, chapterText: async () => '一。\n二。' });
    const call = await continueText({ text: '三。', chapterId, instruction: '写慢一点' });
    expect((await call.answer).truncated).toBe(false);
    expect(sent(provider)).toBe('一。\n二。\n三。');
    expect(provider.requests[0]?.system).toContain('写慢一点');
  });

  it('cuts the context to the window at a paragraph, keeps its end, and says so', async () => {
    const model = { ...testModel, contextTokens: 500 };
    const provider = new ScriptedProvider(says('好。'), { models: [model] });
    const { continueText } = await openAi({ provider, chapterText: async () => chapter });
    const call = await continueText({ text: '她没有答。', chapterId, maxTokens: 100 });
    expect((await call.answer).truncated).toBe(true);
    const prompt = sent(provider);
    expect(chapter.endsWith(prompt.slice(0, prompt.indexOf('\n她没有答。')))).toBe(true);
    expect(prompt.startsWith('第')).toBe(true);
    expect(prompt).toContain('第39段');
    expect(call.plan.promptTokens).toBeLessThanOrEqual(400);
    expect(call.plan.promptTokens).toBeGreaterThan(300);
  });

  it('cuts the context to what is left of the quota beside the answer', async () => {
    const provider = new ScriptedProvider();
    const { continueText, quota } = await openAi({ provider, chapterText: async () => chapter });
    quota.available = 700;
    const call = await continueText({ text: '她没有答。', chapterId, maxTokens: 200 });
    expect((await call.answer).truncated).toBe(true);
    expect(sent(provider)).toContain('第39段');
    const request = quota.reserved.at(-1);
    expect((request?.promptTokens ?? 0) + 200).toBeLessThanOrEqual(700);
    expect((request?.promptTokens ?? 0) + 200).toBeGreaterThan(640);
  });

  it('goes on without the context when only the text is affordable, with a shorter answer', async () => {
    const provider = new ScriptedProvider();
    const { continueText, quota } = await openAi({ provider, chapterText: async () => chapter });
    quota.available = 250;
    const call = await continueText({ text: '她没有答。', chapterId });
    expect((await call.answer).truncated).toBe(true);
    expect(sent(provider)).toBe('她没有答。');
    expect(provider.requests[0]?.maxTokens).toBeLessThan(250);
    expect(provider.requests[0]?.maxTokens).toBeGreaterThanOrEqual(64);
  });

  it('never cuts the text for the quota: the call is denied with what is left and when it resets', async () => {
    const provider = new ScriptedProvider();
    const { continueText, quota, metric } = await openAi({ provider });
    quota.available = 100;
    await expect(continueText({ text: chapter, maxTokens: 100 })).rejects.toMatchObject({
      code: 'quota-exhausted',
      options: { extensions: { available: 100 } },
    });
    quota.denial = 'suspended';
    await expect(continueText({ chapterId })).rejects.toMatchObject({ code: 'quota-suspended' });
    expect(provider.requests).toEqual([]);
    expect(await metric('ai_requests_total')).toEqual(['test,test-1,continue,denied=2']);
  });

  it('cuts a text longer than the window at a paragraph and refuses a paragraph longer than it', async () => {
    const model = { ...testModel, contextTokens: 400 };
    const provider = new ScriptedProvider(says('好。'), { models: [model] });
    const { continueText, quota } = await openAi({ provider });
    const call = await continueText({ text: chapter, maxTokens: 100 });
    expect((await call.answer).truncated).toBe(true);
    expect(chapter.endsWith(sent(provider))).toBe(true);
    const giant = chapter.replaceAll('\n', '');
    await expect(continueText({ text: giant, maxTokens: 100 })).rejects.toMatchObject({
      code: 'text-too-long',
    });
    expect(quota.reserved).toHaveLength(1);
  });

  it('reserves the prompt with its margin and the factors of the model', async () => {
    const model = { ...testModel, inFactorThousandths: 500, outFactorThousandths: 3000 };
    const provider = new ScriptedProvider(says('好。'), { models: [model] });
    const { continueText, quota, caller } = await openAi({ provider });
    const call = await continueText({ maxTokens: 50 });
    await call.answer;
    expect(quota.reserved).toEqual([
      {
        ...{
          callId: call.id,
          userId: caller.userId,
          roles: ['reader'],
          operation: 'continue',
          model: 'test-1',
        },
        ...{ inFactor: 500, outFactor: 3000, maxTokens: 50 },
        promptTokens: Math.ceil(call.plan.promptTokens * 1.2),
      },
    ]);
  });

  it('never lets a model write more than its own limit', async () => {
    const model = { ...testModel, maxOutputTokens: 20 };
    const provider = new ScriptedProvider(says('好。'), { models: [model] });
    const { continueText } = await openAi({ provider });
    await (await continueText({ maxTokens: 5_000 })).answer;
    await (await continueText()).answer;
    expect(provider.requests.map(({ maxTokens }) => maxTokens)).toEqual([20, 20]);
  });

  it('takes the model that is named, the first otherwise, and refuses an unknown one before any reservation', async () => {
    const other = new ScriptedProvider(says('乙。'), {
      name: 'other',
      models: [{ ...testModel, id: 'test-2' }],
    });
    const { continueText, quota } = await openAi({ providers: [new ScriptedProvider(), other] });
    expect((await (await continueText({ model: 'test-2' })).answer).model).toBe('test-2');
    expect((await (await continueText()).answer).model).toBe('test-1');
    await expect(continueText({ model: 'gpt' })).rejects.toMatchObject({ code: 'model-unknown' });
    expect(quota.reserved).toHaveLength(2);
  });

  it('runs no more calls at once than configured, and the next one when one has ended', async () => {
    const { script, letGo } = hangsAfter(['甲']);
    const { continueText } = await openAi({
      provider: new ScriptedProvider(script),
      config: { callsMax: 2 },
    });
    const [first, second] = [await continueText(), await continueText()];
    await expect(continueText()).rejects.toMatchObject({ code: 'ai-busy' });
    letGo();
    await Promise.all([first.answer, second.answer]);
    expect((await (await continueText()).answer).content).toBe('甲');
  });
});

describeEachEngine('a stored AI call', (open) => {
  const openAi = aiOpener(open);

  it('belongs to its owner alone', async () => {
    const { continueText, ai, caller, database } = await openAi();
    const call = await continueText();
    await call.answer;
    const stranger = callerOf(await insertUser(database, start));
    expect(await ai.readCall(caller, call.id)).toMatchObject({ content: '甲乙丙。' });
    expect(await ai.readCall(stranger, call.id)).toBeUndefined();
  });

  it('shows what it has so far while it runs', async () => {
    const { script, silent, letGo } = hangsAfter(['甲', '乙']);
    const { continueText, ai, caller } = await openAi({ provider: new ScriptedProvider(script) });
    const call = await continueText();
    await silent;
    expect(await ai.readCall(caller, call.id)).toMatchObject({ state: 'running', content: '甲乙' });
    letGo();
    await call.answer;
  });

  it('reads as lost when its process died, from the moment on at which it must have ended', async () => {
    const { script, silent, letGo } = hangsAfter(['甲']);
    const { continueText, repository, caller } = await openAi({ provider: new ScriptedProvider(script) });
    const call = await continueText();
    await silent;
    const row = await repository.find(caller.userId, call.id);
    if (!row) throw new Error('the call was not written down');
    const at = (ms: number) => callOf(row, new Date(row.ends_by.getTime() + ms)).state;
    expect([at(-1), at(0), at(1)]).toEqual(['running', 'lost', 'lost']);
    letGo();
    await call.answer;
  });

  it('keeps its first end', async () => {
    const { continueText, ai, caller, repository, clock } = await openAi();
    const call = await continueText();
    await call.answer;
    const row = await ai.readCall(caller, call.id);
    await repository.end(call.id, {
      ...{ state: 'failed', finish_reason: null, problem: 'late', content: '' },
      ...{ prompt_tokens: null, completion_tokens: null, charged_tokens: null, ended_at: clock.now() },
    });
    expect(await ai.readCall(caller, call.id)).toEqual(row);
  });
});

describeEachEngine('the health of the module', (open) => {
  const openAi = aiOpener(open);

  it('reports each provider and is unhealthy only without any or without its table', async () => {
    const good = new ScriptedProvider();
    const poor = new ScriptedProvider(says('乙。'), {
      name: 'poor',
      models: [{ ...testModel, id: 'test-2' }],
    });
    const { ai, repository } = await openAi({ providers: [good, poor] });
    expect(await ai.health()).toEqual({ status: 'healthy' });
    poor.state = { status: 'unhealthy', detail: 'no route to host' };
    expect(await ai.health()).toEqual({ status: 'degraded', detail: 'poor unhealthy: no route to host' });
    good.state = { status: 'unhealthy' };
    expect((await ai.health()).status).toBe('unhealthy');
    repository.check = () => Promise.reject(new Error('the database is away'));
    await expect(ai.health()).rejects.toThrow('away');
    expect((await (await openAi({ providers: [] })).ai.health()).status).toBe('degraded');
  });
});

it('a fake quota refuses to end a reservation twice', async () => {
  const quota = new FakeQuota();
  await expect(quota.release('none')).rejects.toThrow('not open');
});
