import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import type { Tx } from '../../database/index.js';
import { Metrics } from '../../metrics/index.js';
import { type IdempotencyService, type OnceRequest, plainOnce } from '../index.js';
import { addEffect, effectsOf, insertKeys, keyRows, migrations } from './effects.repository.js';
import { codeOf, requestOf, serviceOn } from './fixture.js';

const dayMs = 86_400_000;

function give(service: IdempotencyService, request: OnceRequest, label = 'gift') {
  return service.once(request).transaction({ name: 'give' }, async (tx: Tx) => {
    await addEffect(tx, label);
    return { label, at: new Date(0), list: [1, { b: 1, a: 2 }], none: undefined };
  });
}

describeEachEngine('a transaction under an Idempotency-Key', (open) => {
  test('happens once, and its repetition answers the same bytes and says that it is one', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database);
    const [first, again] = [requestOf(), requestOf()];
    const answer = await give(service, first);
    expect(JSON.stringify(await give(service, again))).toBe(JSON.stringify(answer));
    expect(answer).toEqual({ label: 'gift', at: '1970-01-01T00:00:00.000Z', list: [1, { b: 1, a: 2 }] });
    expect([first.replays(), again.replays()]).toEqual([0, 1]);
    expect(await effectsOf(database)).toEqual(['gift']);
  });

  test('is counted by what came of it', async () => {
    const database = await open({ migrations });
    const metrics = new Metrics();
    const service = serviceOn(database, { metrics });
    await give(service, requestOf());
    await give(service, requestOf());
    await codeOf(give(service, requestOf({ input: { body: { coins: 6 } } })));
    await codeOf(
      service.once(requestOf({ key: 'k2' })).transaction({ name: 'x' }, () => Promise.reject('x')),
    );
    await service.once(requestOf({ key: 'k3' })).transaction({ name: 'x' }, async (tx) => tx.rollback('no'));
    const page = await metrics.registry.getSingleMetricAsString('idempotency_requests_total');
    for (const outcome of ['first', 'replayed', 'reused', 'failed', 'refused']) {
      expect(page).toContain(`idempotency_requests_total{outcome="${outcome}"} 1`);
    }
    for (const outcome of ['running', 'too_large']) {
      expect(page).toContain(`idempotency_requests_total{outcome="${outcome}"} 0`);
    }
  });

  test('answers nothing again when its result was nothing', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database);
    const nothing = () => service.once(requestOf()).transaction({ name: 'n' }, (tx) => addEffect(tx, 'a'));
    expect([await nothing(), await nothing()]).toEqual([undefined, undefined]);
    expect(await effectsOf(database)).toEqual(['a']);
  });

  test('100 at once have one effect, and all answer its result', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database);
    const requests = Array.from({ length: 100 }, () => requestOf());
    const answers = await Promise.all(requests.map((request, n) => give(service, request, `gift ${n}`)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await effectsOf(database)).toEqual([answers[0]?.label]);
    expect(requests.filter((request) => request.replays() === 1).length).toBe(99);
  });

  test('without a key happens each time and leaves no row; a value that was rolled back is not changed', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database);
    const request = requestOf({ key: undefined });
    await give(service, request);
    await give(service, request);
    const refusal = new Error('denied');
    const refused = service.once(request).transaction({ name: 'give' }, async (tx) => tx.rollback(refusal));
    expect(await refused).toBe(refusal);
    expect(await effectsOf(database)).toEqual(['gift', 'gift']);
    expect(await keyRows(database)).toEqual([]);
  });

  test('of a job, behind which no request stands, simply happens, and answers as it would with one', async () => {
    const database = await open({ migrations });
    const once = plainOnce(database);
    const given = await once.transaction({ name: 'give' }, async (tx) => {
      await addEffect(tx, 'job');
      return { at: new Date(0) };
    });
    const refused = await once.transaction({ name: 'give' }, async (tx) => tx.rollback({ at: new Date(0) }));
    const called = await once.effect({ name: 'call', limitSeconds: 1 }, async () => ({ at: new Date(0) }));
    const text = { at: '1970-01-01T00:00:00.000Z' };
    expect([given, refused, called]).toEqual([text, { at: new Date(0) }, text]);
    expect([await effectsOf(database), await keyRows(database)]).toEqual([['job'], []]);
  });

  test('a refusal and a failure leave no row, so that the same key may succeed later', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database);
    const denied = { denied: 'too few coins' };
    const refused = service.once(requestOf()).transaction({ name: 'give' }, async (tx) => {
      await addEffect(tx, 'never');
      return tx.rollback(denied);
    });
    expect(await refused).toBe(denied);
    const failed = service.once(requestOf()).transaction({ name: 'give' }, async (tx) => {
      await addEffect(tx, 'never');
      throw new Error('broken');
    });
    await expect(failed).rejects.toThrow('broken');
    expect(await keyRows(database)).toEqual([]);
    const success = requestOf();
    await give(service, success);
    expect([success.replays(), await effectsOf(database)]).toEqual([0, ['gift']]);
  });

  test('of two at once whose first is refused, the second has its own turn', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database);
    const refused = service
      .once(requestOf())
      .transaction({ name: 'give' }, async (tx) => tx.rollback('denied'));
    const second = requestOf();
    const [, answer] = await Promise.all([refused, give(service, second)]);
    expect([answer.label, second.replays()]).toEqual(['gift', 0]);
  });

  test('the same key is another key for another user and for another operation', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database);
    await give(service, requestOf(), 'one');
    await give(service, requestOf({ userId: '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a12' }), 'other user');
    await give(service, requestOf({ operation: 'PUT /api/v1/gifts' }), 'other operation');
    expect(await effectsOf(database)).toEqual(['one', 'other operation', 'other user']);
  });

  test('with another body is refused, now and while the first runs; members in another order are the same body', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database);
    const other = requestOf({ input: { body: { coins: 6 } } });
    const [, atOnce] = await Promise.all([give(service, requestOf()), codeOf(give(service, other))]);
    expect(atOnce).toBe('idempotency-key-reused');
    expect(await codeOf(give(service, other))).toBe('idempotency-key-reused');
    const input = (text: string) => ({ key: 'ordered', input: JSON.parse(text) });
    await give(service, requestOf(input('{"body":{"a":1,"b":[{"c":1,"d":2}]}}')), 'ordered');
    const same = requestOf(input('{"body":{"b":[{"d":2,"c":1}],"a":1}}'));
    await give(service, same);
    expect(same.replays()).toBe(1);
    expect(await effectsOf(database)).toEqual(['gift', 'ordered']);
  });

  test('is kept for its time to the millisecond, and a row that lies there longer counts as none', async () => {
    const database = await open({ migrations });
    const clock = new FakeClock();
    const service = serviceOn(database, { clock });
    await give(service, requestOf(), 'first');
    clock.advance(dayMs - 1);
    const inTime = requestOf();
    await give(service, inTime, 'never');
    expect(inTime.replays()).toBe(1);
    clock.advance(1);
    const after = requestOf({ input: 'another request' });
    await give(service, after, 'second');
    expect([after.replays(), await effectsOf(database)]).toEqual([0, ['first', 'second']]);
    const replay = requestOf({ input: 'another request' });
    await give(service, replay, 'never');
    expect(replay.replays()).toBe(1);
  });

  test('an answer that is too large to keep is given once; its repetition learns that it happened', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database, { answerBytesMax: 1_024 });
    const answer = (bytes: number) => 'x'.repeat(bytes - '""'.length);
    const ask = (bytes: number, key: string) =>
      service.once(requestOf({ key })).transaction({ name: 'large' }, async (tx) => {
        await addEffect(tx, key);
        return answer(bytes);
      });
    expect(await ask(1_025, 'large')).toBe(answer(1_025));
    expect(await codeOf(ask(1_025, 'large'))).toBe('idempotency-answer-too-large');
    expect([await ask(1_024, 'fits'), await ask(1_024, 'fits')]).toEqual([answer(1_024), answer(1_024)]);
    expect(await effectsOf(database)).toEqual(['fits', 'large']);
  });

  test('one Once has one effect', async () => {
    const database = await open({ migrations });
    const once = serviceOn(database).once(requestOf());
    await once.transaction({ name: 'give' }, (tx) => addEffect(tx, 'a'));
    await expect(once.transaction({ name: 'give' }, (tx) => addEffect(tx, 'b'))).rejects.toThrow('twice');
  });

  test('a repetition waits for the first only so long, and only so many wait', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database, { waitMs: 20, waitersMax: 1 });
    let finish = () => {};
    const working = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = service.once(requestOf()).transaction({ name: 'slow' }, () => working);
    const [waited, refused] = [codeOf(give(service, requestOf())), codeOf(give(service, requestOf()))];
    expect(await refused).toBe('idempotency-key-running');
    expect(await waited).toBe('idempotency-key-running');
    finish();
    await first;
    const third = requestOf();
    await give(service, third);
    expect(third.replays()).toBe(1);
  });

  test('beyond the keys that an instance remembers the database decides alone: one effect, one answer', async () => {
    const database = await open({ migrations });
    const service = serviceOn(database, { runningKeysMax: 1 });
    let finish = () => {};
    const working = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const remembered = service.once(requestOf()).transaction({ name: 'slow' }, () => working);
    const others = Array.from({ length: 5 }, (_, n) => give(service, requestOf({ key: 'key-2' }), `${n}`));
    finish();
    await remembered;
    const labels = new Set((await Promise.all(others)).map(({ label }) => label));
    expect([...labels]).toEqual(await effectsOf(database));
  });

  test('the cleanup removes what is past its end, in batches, and nothing else', async () => {
    const database = await open({ migrations });
    const clock = new FakeClock();
    const service = serviceOn(database, { clock, cleanupBatchMax: 10 });
    const at = (ms: number) => new Date(clock.now().getTime() + ms);
    await insertKeys(database, 25, at(-1));
    await insertKeys(database, 10, at(0));
    await insertKeys(database, 3, at(1));
    expect(await service.removeExpired({ signal: AbortSignal.abort() })).toBe(0);
    const signal = new AbortController().signal;
    const both = await Promise.all([service.removeExpired({ signal }), service.removeExpired({ signal })]);
    expect(both[0] + both[1]).toBe(35);
    expect((await keyRows(database)).length).toBe(3);
    clock.advance(1);
    await service.cleanup.run({ dueAt: clock.now(), signal });
    expect(await keyRows(database)).toEqual([]);
  });
});
