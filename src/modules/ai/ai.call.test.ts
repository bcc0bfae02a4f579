import { describe, expect, it } from 'vitest';
import { AiCall, type Answer, type CallPlan } from './ai.call.js';

const plan = { id: 'call-1' } as CallPlan;
const answer = { id: 'call-1', content: 'abc' } as Answer;

describe('following a call', () => {
  it('hands a slow watcher what came meanwhile as one delta, so that nothing queues up', async () => {
    const call = new AiCall(plan);
    const events = call.follow();
    expect((await events.next()).value).toEqual({ id: 0, event: 'start', data: { id: 'call-1' } });
    for (let n = 0; n < 10_000; n++) call.append('字');
    expect((await events.next()).value).toEqual({
      id: 10_000,
      event: 'delta',
      data: { text: '字'.repeat(10_000) },
    });
    call.finish(answer);
    expect((await events.next()).value).toEqual({ id: 10_001, event: 'done', data: answer });
    expect((await events.next()).done).toBe(true);
  });

  it('gives two watchers the same text, and a late one all of it', async () => {
    const call = new AiCall(plan);
    const texts = async () => {
      const seen: string[] = [];
      for await (const { event, data } of call.follow()) {
        if (event === 'delta') seen.push((data as { text: string }).text);
      }
      return seen.join('');
    };
    const early = [texts(), texts()];
    for (const text of ['a', 'b', 'c']) {
      call.append(text);
      await new Promise(setImmediate);
    }
    call.finish(answer);
    expect(await Promise.all([...early, texts()])).toEqual(['abc', 'abc', 'abc']);
  });

  it('raises the problem of a failed call after everything it had produced', async () => {
    const call = new AiCall(plan);
    const events = call.follow();
    await events.next();
    call.append('a');
    call.fail(new Error('broke off'));
    expect((await events.next()).value).toMatchObject({ event: 'delta', data: { text: 'a' } });
    await expect(events.next()).rejects.toThrow('broke off');
  });

  it('leaves no timer behind when it ends before its abandonment is due', async () => {
    const call = new AiCall(plan);
    call.abandon(1);
    call.finish(answer);
    call.abandon(1);
    await new Promise(
      (resolve) => call.controller.signal.addEventListener('abort', resolve) ?? setImmediate(resolve),
    );
    expect(call.controller.signal.aborted).toBe(false);
  });
});
