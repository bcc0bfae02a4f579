import { describe, expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { onEvent } from '../index.js';
import {
  countEvents,
  countPending,
  insertEffects,
  readDeliveries,
  readEffects,
} from './effects.repository.js';
import { counted, expectSoon, instanceOn, openFor, recorder, testConfig } from './events-harness.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describeEachEngine('events', (open) => {
  it('reach each of their handlers exactly once', async () => {
    const database = await openFor(open);
    const instance = instanceOn(database, { handlers: [recorder('first'), recorder('second')] });
    await instance.start();
    for (const number of numbers(20)) await instance.add(number, number % 2 ? { aggregate: 'odd' } : {});
    await expectSoon(() => countPending(database)).toBe(0);
    for (const handler of ['first', 'second']) {
      const effects = await readEffects(database, handler);
      expect(effects.map(({ number }) => number).sort((a, b) => a - b)).toEqual(numbers(20));
    }
  });

  it('of one aggregate reach a handler in the order of their writing, hundreds of them from one batch', async () => {
    const database = await openFor(open);
    const instance = instanceOn(database);
    for (const number of numbers(300)) {
      await instance.add(number, { aggregate: number % 3 === 0 ? 'a' : 'b' });
    }
    await instance.start();
    await expectSoon(() => countPending(database)).toBe(0);
    const order = (await readEffects(database)).map(({ number }) => number);
    const of = (rest: (n: number) => boolean) => numbers(300).filter(rest);
    expect(order.filter((n) => n % 3 === 0)).toEqual(of((n) => n % 3 === 0));
    expect(order.filter((n) => n % 3 !== 0)).toEqual(of((n) => n % 3 !== 0));
  });

  it('of a transaction that is undone do not exist', async () => {
    const database = await openFor(open);
    const { outbox } = instanceOn(database);
    await database.withTransaction({ name: 'denied' }, async (tx) => {
      await outbox.add(tx, counted, { number: 1 });
      return tx.rollback('denied');
    });
    const failing = database.withTransaction({ name: 'failing' }, async (tx) => {
      await outbox.add(tx, counted, { number: 2 });
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect([await countEvents(database), await countPending(database)]).toEqual([0, 0]);
  });

  it('that are delayed are delivered at their moment, not a millisecond before', async () => {
    const clock = new FakeClock();
    const database = await openFor(open, clock);
    const instance = instanceOn(database, { clock });
    const notBefore = new Date(clock.now().getTime() + 60_000);
    await instance.add(1, { notBefore });
    await instance.add(2, { notBefore, aggregate: 'a' });
    await instance.start();
    clock.advance(59_999);
    await instance.add(3, { aggregate: 'a' });
    await expectSoon(async () => (await readEffects(database)).map(({ number }) => number)).toEqual([3]);
    clock.advance(1);
    await expectSoon(() => countPending(database)).toBe(0);
    expect((await readEffects(database)).map(({ number }) => number).sort()).toEqual([1, 2, 3]);
  });

  it('handled in batches come once each, in order within their aggregate', async () => {
    const database = await openFor(open);
    const sizes: number[] = [];
    const batch = onEvent({
      name: 'batch',
      event: counted,
      handleBatch: (tx, events) => {
        sizes.push(events.length);
        return insertEffects(
          tx,
          events.map(({ id, payload }) => ({ handler: 'batch', eventId: id, number: payload.number })),
        );
      },
    });
    const instance = instanceOn(database, {
      handlers: [batch],
      config: testConfig({ dispatch: { batchMax: 50 } }),
    });
    for (const number of numbers(200)) await instance.add(number, number % 2 ? { aggregate: 'odd' } : {});
    await instance.start();
    await expectSoon(() => countPending(database)).toBe(0);
    const order = (await readEffects(database)).map(({ number }) => number);
    expect([...order].sort((a, b) => a - b)).toEqual(numbers(200));
    expect(order.filter((n) => n % 2)).toEqual(numbers(200).filter((n) => n % 2));
    expect(Math.max(...sizes)).toBeGreaterThan(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
  });

  it('tell their handlers what happened, when, to what, and which try it is', async () => {
    const clock = new FakeClock('2026-05-01T00:00:00.000Z');
    const database = await openFor(open, clock);
    const seen: unknown[] = [];
    const handler = onEvent({
      name: 'seer',
      event: counted,
      handle: async (_tx, event) => void seen.push(event),
    });
    const instance = instanceOn(database, { handlers: [handler], clock });
    const id = await instance.add(7, { aggregate: 'a' });
    await instance.start();
    await expectSoon(() => seen.length).toBe(1);
    const occurredAt = new Date('2026-05-01T00:00:00.000Z');
    expect(seen).toEqual([
      { id, type: 'test.counted', aggregate: 'a', occurredAt, attempt: 1, payload: { number: 7 } },
    ]);
  });

  it('that nobody handles are kept for the record and wait for nobody', async () => {
    const database = await openFor(open);
    await instanceOn(database, { handlers: [] }).add(1);
    expect([await countEvents(database), await readDeliveries(database)]).toEqual([1, []]);
  });
});

describe('an event is refused', () => {
  describeEachEngine('before it is written', (open) => {
    it('when its payload does not fit its schema: told by path, never by value', async () => {
      const database = await openFor(open);
      const { outbox } = instanceOn(database);
      const add = database.withTransaction({ name: 'add' }, (tx) =>
        outbox.add(tx, counted, { number: 'pl4nted' } as unknown as { number: number }),
      );
      await expect(add).rejects.toThrow(/"test.counted" does not fit its schema: \/number/);
      await expect(add).rejects.not.toThrow('pl4nted');
      expect(await countEvents(database)).toBe(0);
    });

    it('when no module declares it, when it is too large, when its aggregate has no sensible length', async () => {
      const database = await openFor(open);
      const { outbox } = instanceOn(database);
      const add = (event: typeof counted, note: string, aggregate = 'a') =>
        database.withTransaction({ name: 'add' }, (tx) =>
          outbox.add(tx, event, { number: 1, note }, { aggregate }),
        );
      await expect(add({ ...counted }, '')).rejects.toThrow('"test.counted" is not declared');
      await expect(add(counted, 'x'.repeat(70_000))).rejects.toThrow('at most 65536');
      await expect(add(counted, '', '')).rejects.toThrow('has 0 characters');
      await expect(add(counted, '', 'x'.repeat(201))).rejects.toThrow('has 201 characters');
      expect(await countEvents(database)).toBe(0);
    });
  });
});
