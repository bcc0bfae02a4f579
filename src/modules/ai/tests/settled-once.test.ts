import { expect, it, vi } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import type { AiCall } from '../ai.call.js';
import { aiOpener } from './ai-harness.js';
import { breaksAfter, hangsAfter, ScriptedProvider, says } from './fakes.js';

const code = (error: unknown) => (error as { code?: string }).code;

async function problemOf(call: AiCall): Promise<string | undefined> {
  return call.answer.then(
    () => undefined,
    (error) => code(error),
  );
}

describeEachEngine('an AI call is settled exactly once', (open) => {
  const openAi = aiOpener(open);

  it('when it is done: the answer, the record and the quota tell the same charge', async () => {
    const usage = { promptTokens: 30, completionTokens: 12 };
    const provider = new ScriptedProvider(says(['甲乙', '丙丁。'], usage));
    const { continueText, quota, ai, caller, metric } = await openAi({ provider });
    const call = await continueText();
    const answer = await call.answer;
    expect(answer).toMatchObject({
      content: '甲乙丙丁。',
      finishReason: 'stop',
      usage: { ...usage, chargedTokens: 42 },
      quota: { remaining: 10_000 - 42, unlimited: false },
    });
    expect(quota.settled).toEqual([{ callId: call.id, usage }]);
    expect(quota.available).toBe(10_000 - 42);
    expect(await ai.readCall(caller, call.id)).toMatchObject({
      ...{ state: 'done', content: '甲乙丙丁。', finish_reason: 'stop' },
      ...{ prompt_tokens: 30, completion_tokens: 12, charged_tokens: 42 },
    });
    expect(await metric('ai_requests_total')).toEqual(['test,test-1,continue,ok=1']);
    expect(await metric('ai_tokens_total')).toEqual([
      'test-1,prompt=30',
      'test-1,completion=12',
      'test-1,charged=42',
    ]);
  });

  it('when the provider fails before the first token: nothing is charged', async () => {
    const { continueText, quota, ai, caller, metric } = await openAi({
      provider: new ScriptedProvider(breaksAfter([])),
    });
    const call = await continueText();
    expect(await problemOf(call)).toBe('provider-failed');
    expect(quota.released).toEqual([call.id]);
    expect(quota.settled).toEqual([]);
    expect(quota.available).toBe(10_000);
    expect(await ai.readCall(caller, call.id)).toMatchObject({ state: 'failed', problem: 'provider-failed' });
    expect(await metric('ai_requests_total')).toEqual(['test,test-1,continue,failed=1']);
  });

  it('when the provider answers nothing at all, or only empty texts: nothing is charged', async () => {
    const provider = new ScriptedProvider(says(['', '\0'], { promptTokens: 9, completionTokens: 9 }));
    const { continueText, quota } = await openAi({ provider });
    const call = await continueText();
    expect(await problemOf(call)).toBe('provider-failed');
    expect(quota.released).toEqual([call.id]);
    expect(quota.available).toBe(10_000);
  });

  it('when the provider breaks off: what it produced is charged and kept', async () => {
    const { continueText, quota, ai, caller, lines } = await openAi({
      provider: new ScriptedProvider(breaksAfter(['甲乙', '丙丁'])),
    });
    const call = await continueText();
    expect(await problemOf(call)).toBe('provider-interrupted');
    expect(quota.settled).toHaveLength(1);
    expect(quota.released).toEqual([]);
    const { promptTokens, completionTokens } = quota.settled[0]?.usage ?? {};
    expect(promptTokens).toBe(call.plan.promptTokens);
    expect(completionTokens).toBeGreaterThan(0);
    expect(10_000 - quota.available).toBe((promptTokens ?? 0) + (completionTokens ?? 0));
    expect(await ai.readCall(caller, call.id)).toMatchObject({
      ...{ state: 'failed', problem: 'provider-interrupted', content: '甲乙丙丁' },
      charged_tokens: 10_000 - quota.available,
    });
    expect(lines.join()).not.toContain('甲乙');
  });

  it('when a connection closes without an end', async () => {
    const provider = new ScriptedProvider(async function* () {
      yield { kind: 'delta', text: '甲' };
    });
    const { continueText, quota } = await openAi({ provider });
    expect(await problemOf(await continueText())).toBe('provider-interrupted');
    expect(quota.settled).toHaveLength(1);
  });

  it('when its client leaves: it runs on for the time allowed, stops, and what was produced is charged', async () => {
    const { script, silent } = hangsAfter(['甲乙', '丙丁']);
    const { continueText, quota, ai, metric } = await openAi({
      provider: new ScriptedProvider(script),
      config: { disconnectRunMs: 30 },
    });
    const call = await continueText();
    await silent;
    ai.abandon(call);
    ai.abandon(call);
    const answer = await call.answer;
    expect(answer).toMatchObject({ content: '甲乙丙丁', finishReason: 'abandoned' });
    expect(quota.settled).toHaveLength(1);
    expect(answer.usage.chargedTokens).toBe(10_000 - quota.available);
    expect(await metric('ai_requests_total')).toEqual(['test,test-1,continue,abandoned=1']);
  });

  it('when its client leaves and it ends within the time allowed: as if nobody had left', async () => {
    const { script, silent, letGo } = hangsAfter(['甲乙']);
    const { continueText, quota, ai } = await openAi({ provider: new ScriptedProvider(script) });
    const call = await continueText();
    await silent;
    ai.abandon(call);
    letGo();
    expect(await call.answer).toMatchObject({ content: '甲乙', finishReason: 'stop' });
    expect(quota.settled).toHaveLength(1);
  });

  it('when the server stops: running calls end with what they have before close resolves', async () => {
    const { script, silent } = hangsAfter(['甲乙']);
    const { continueText, quota, ai } = await openAi({ provider: new ScriptedProvider(script) });
    const calls = await Promise.all([continueText(), continueText(), continueText()]);
    await silent;
    await vi.waitFor(() => expect(calls.every((call) => call.content === '甲乙')).toBe(true));
    await ai.close();
    expect(quota.settled.map(({ callId }) => callId).sort()).toEqual(calls.map(({ id }) => id).sort());
    for (const call of calls) expect((await call.answer).finishReason).toBe('shutdown');
    await expect(continueText()).rejects.toMatchObject({ code: 'ai-stopping' });
  });

  it('when the server stops while a call still reserves, or before its first token: nothing is charged', async () => {
    const { script } = hangsAfter([]);
    const { continueText, quota, ai } = await openAi({ provider: new ScriptedProvider(script) });
    const silentCall = await continueText();
    let closed: Promise<void> | undefined;
    quota.before = (method) => {
      if (method === 'reserve') closed = ai.close();
    };
    const lateCall = await continueText();
    await closed;
    expect(await problemOf(silentCall)).toBe('ai-stopping');
    expect(await problemOf(lateCall)).toBe('ai-stopping');
    expect(quota.released).toHaveLength(2);
    expect(quota.settled).toEqual([]);
    expect(quota.available).toBe(10_000);
  });

  it('when stop, disconnect and the end come together', async () => {
    const { script, silent, letGo } = hangsAfter(['甲乙']);
    const { continueText, quota, ai } = await openAi({
      provider: new ScriptedProvider(script),
      config: { disconnectRunMs: 0 },
    });
    const call = await continueText();
    await silent;
    ai.abandon(call);
    letGo();
    await ai.close();
    await call.answer;
    expect(quota.settled).toHaveLength(1);
    expect(quota.released).toEqual([]);
  });

  it('when the quota fails to settle at first', async () => {
    const { continueText, quota } = await openAi();
    let failures = 2;
    quota.before = (method) => {
      if (method === 'settle' && failures-- > 0) throw new Error('the database is away');
    };
    const call = await continueText();
    expect((await call.answer).usage.chargedTokens).toBe(10_000 - quota.available);
    expect(quota.settled).toHaveLength(1);
  });

  it('by its reservation when the quota stays away: the client learns that the charge is not known yet', async () => {
    const { continueText, quota, ai, caller } = await openAi({ config: { settleRetriesMax: 1 } });
    let attempts = 0;
    quota.before = (method) => {
      if (method === 'settle') throw new Error(`the database is away, attempt ${++attempts}`);
    };
    const call = await continueText();
    expect(await problemOf(call)).toBe('settlement-delayed');
    expect(attempts).toBe(2);
    expect(quota.noted.length).toBeGreaterThan(0);
    expect(await ai.readCall(caller, call.id)).toMatchObject({
      ...{ state: 'failed', problem: 'settlement-delayed', content: '甲乙丙。', charged_tokens: null },
    });
  });

  it('when it cannot be written down: it does not run, and its reservation goes back', async () => {
    const provider = new ScriptedProvider();
    const { continueText, quota, repository } = await openAi({ provider });
    vi.spyOn(repository, 'insert').mockRejectedValue(new Error('the database is away'));
    await expect(continueText()).rejects.toThrow('the database is away');
    expect(provider.requests).toEqual([]);
    expect(quota.released).toHaveLength(1);
    expect(quota.available).toBe(10_000);
  });

  it('when its end cannot be written down: the answer still comes, with its charge', async () => {
    const { continueText, quota, repository, lines } = await openAi();
    vi.spyOn(repository, 'end').mockRejectedValue(new Error('the database is away'));
    const answer = await (await continueText()).answer;
    expect(answer.usage.chargedTokens).toBe(10_000 - quota.available);
    expect(lines.join()).toContain('could not be written');
  });
});

describeEachEngine('a provider that does not keep to its limits', (open) => {
  const openAi = aiOpener(open);

  it('is given up without a first token in time, and nothing is charged', async () => {
    const { script } = hangsAfter([], { ignoresAbort: true });
    const provider = new ScriptedProvider(script);
    const { continueText, quota } = await openAi({ provider, config: { firstTokenLimitMs: 20 } });
    expect(await problemOf(await continueText())).toBe('provider-failed');
    expect(quota.released).toHaveLength(1);
  });

  it('is given up when it falls silent or takes too long, and what it produced is charged', async () => {
    for (const config of [{ idleLimitMs: 20 }, { totalLimitMs: 40 }]) {
      const { script } = hangsAfter(['甲乙'], { ignoresAbort: true });
      const { continueText, quota } = await openAi({ provider: new ScriptedProvider(script), config });
      const call = await continueText();
      expect(await problemOf(call)).toBe('provider-interrupted');
      expect(quota.settled).toHaveLength(1);
      expect(call.controller.signal.aborted).toBe(true);
    }
  });

  it.each([
    ['missing', undefined],
    ['negative', { promptTokens: -500, completionTokens: -500 }],
    ['zero', { promptTokens: 0, completionTokens: 0 }],
    ['huge', { promptTokens: 1e12, completionTokens: 1e12 }],
    ['not whole', { promptTokens: 1.5, completionTokens: Number.NaN }],
  ])('is charged by our own count when its usage is %s', async (_name, usage) => {
    const provider = new ScriptedProvider(says('她把灯笼举高了些。', usage));
    const { continueText, quota } = await openAi({ provider });
    const call = await continueText();
    const answer = await call.answer;
    expect(answer.usage.promptTokens).toBe(call.plan.promptTokens);
    expect(answer.usage.completionTokens).toBeGreaterThan(4);
    expect(answer.usage.completionTokens).toBeLessThan(20);
    expect(quota.available).toBe(10_000 - answer.usage.chargedTokens);
  });

  it('is stopped when it sends without end', async () => {
    let sent = 0;
    const provider = new ScriptedProvider(async function* () {
      for (;;) {
        sent += 1_000;
        yield { kind: 'delta', text: 'x'.repeat(1_000) };
      }
    });
    const { continueText } = await openAi({ provider });
    const call = await continueText({ maxTokens: 100 });
    expect((await call.answer).finishReason).toBe('length');
    expect(sent).toBeLessThan(10_000);
  });
});

describeEachEngine('usage is noted while a call runs', (open) => {
  const openAi = aiOpener(open);

  it('with the first text and after every so many tokens, ascending, and never after the settlement', async () => {
    const provider = new ScriptedProvider(async function* () {
      for (let n = 0; n < 60; n++) {
        yield { kind: 'delta', text: '字'.repeat(10) };
        await new Promise(setImmediate);
      }
      yield { kind: 'end', finish: 'stop' };
    });
    const { continueText, quota } = await openAi({
      provider,
      config: { noteIntervalMs: 60_000, noteTokens: 100 },
    });
    const order: string[] = [];
    quota.before = async (method) => {
      order.push(method);
      if (method === 'note') await new Promise(setImmediate);
    };
    const call = await continueText();
    await call.answer;
    const counts = quota.noted.map(({ completionTokens }) => completionTokens);
    expect(counts[0]).toBe(10);
    expect(counts.length).toBeGreaterThanOrEqual(4);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(quota.noted.every(({ promptTokens }) => promptTokens === call.plan.promptTokens)).toBe(true);
    expect(order.at(-1)).toBe('settle');
  });

  it('and a note that fails does no harm', async () => {
    const { continueText, quota } = await openAi();
    quota.before = (method) => {
      if (method === 'note') throw new Error('busy');
    };
    expect((await (await continueText()).answer).content).toBe('甲乙丙。');
  });
});
