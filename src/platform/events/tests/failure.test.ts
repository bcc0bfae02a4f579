import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { type DeliveredEvent, type EventHandler, onEvent } from '../index.js';
import { countPending, insertEffects, readDeliveries, readEffects } from './effects.repository.js';
import { counted, expectSoon, instanceOn, openFor, recorder, testConfig } from './events-harness.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Records, but fails for the numbers that `isPoison` says, after its effect. */
function picky(
  name: string,
  isPoison: (number: number, event: DeliveredEvent) => boolean,
  attemptsMax = 3,
): EventHandler {
  return onEvent({
    ...{ name, event: counted, attemptsMax },
    handle: async (tx, event) => {
      await insertEffects(tx, [{ handler: name, eventId: event.id, number: event.payload.number }]);
      if (isPoison(event.payload.number, event)) throw new Error(`number ${event.payload.number} is poison`);
    },
  });
}

describeEachEngine('a failing handler', (open) => {
  it('is tried again until it succeeds, and leaves no effect of the tries before', async () => {
    const database = await openFor(open);
    const attempts: number[] = [];
    const handler = picky('picky', (_number, { attempt }) => attempts.push(attempt) < 3, 5);
    const instance = instanceOn(database, { handlers: [handler] });
    await instance.start();
    await instance.add(1);
    await expectSoon(() => countPending(database)).toBe(0);
    expect(attempts).toEqual([1, 2, 3]);
    expect(await readEffects(database)).toHaveLength(1);
  });

  it('holds back its own aggregate in order until the event is dead, and no other one', async () => {
    const clock = new FakeClock();
    const database = await openFor(open, clock);
    const instance = instanceOn(database, { handlers: [picky('picky', (n) => n === 1)], clock });
    for (const number of [1, 2, 3]) await instance.add(number, { aggregate: 'poisoned' });
    for (const number of [4, 5]) await instance.add(number, { aggregate: 'healthy' });
    await instance.add(6);
    await instance.start();
    const handled = async () => (await readEffects(database)).map(({ number }) => number);
    await expectSoon(async () => (await handled()).sort()).toEqual([4, 5, 6]);
    for (const attempts of [1, 2]) {
      await expectSoon(async () => (await readDeliveries(database))[0]).toMatchObject({
        attempts,
        leased: false,
      });
      expect((await handled()).sort()).toEqual([4, 5, 6]);
      clock.advance(60_000);
    }
    await expectSoon(async () => (await handled()).slice(3)).toEqual([2, 3]);
    expect(await readDeliveries(database)).toMatchObject([
      { state: 'dead', attempts: 3, lastError: 'Error: number 1 is poison' },
    ]);
  });

  it('holds back no other handler of the same event', async () => {
    const database = await openFor(open);
    const handlers = [picky('poisoned', () => true, 100), recorder('healthy')];
    const config = testConfig({ retry: { delayMs: 500, delayMsMax: 500 } });
    const instance = instanceOn(database, { handlers, config });
    for (const number of numbers(100)) await instance.add(number, number % 2 ? { aggregate: 'a' } : {});
    await instance.start();
    await expectSoon(async () => (await readEffects(database, 'healthy')).length).toBe(100);
    expect(await readEffects(database, 'poisoned')).toEqual([]);
    expect((await readDeliveries(database)).every(({ handler }) => handler === 'poisoned')).toBe(true);
  });

  it('that hangs is ended at its time limit, and meanwhile the others go on', async () => {
    const database = await openFor(open);
    const hanging = onEvent({
      ...{ name: 'hanging', event: counted, attemptsMax: 1 },
      deliver: () => new Promise<void>(() => {}),
    });
    const config = testConfig({ lease: { handlerTimeLimitMs: 300 } });
    const instance = instanceOn(database, { handlers: [hanging, recorder('healthy')], config });
    for (const number of numbers(20)) await instance.add(number);
    await instance.start();
    await expectSoon(async () => (await readEffects(database, 'healthy')).length).toBe(20);
    expect((await readDeliveries(database)).filter(({ state }) => state !== 'dead').length).toBeGreaterThan(
      0,
    );
    await expectSoon(
      async () => (await readDeliveries(database)).filter(({ state }) => state === 'dead').length,
    ).toBe(20);
    expect((await readDeliveries(database))[0]?.lastError).toContain('took longer than 300 ms');
  });

  it('of a batch fails alone: the rest of the batch is handled one by one', async () => {
    const database = await openFor(open);
    const batch = onEvent({
      ...{ name: 'batch', event: counted, attemptsMax: 2 },
      handleBatch: async (tx, events) => {
        const effects = events.map(({ id, payload }) => ({
          handler: 'batch',
          eventId: id,
          number: payload.number,
        }));
        await insertEffects(tx, effects);
        if (effects.some(({ number }) => number === 5)) throw new Error('five');
      },
    });
    const instance = instanceOn(database, { handlers: [batch] });
    for (const number of numbers(10)) await instance.add(number, number < 8 ? { aggregate: 'a' } : {});
    await instance.start();
    await expectSoon(async () => (await readEffects(database)).length).toBe(9);
    await expectSoon(async () => (await readDeliveries(database)).map(({ state }) => state)).toEqual([
      'dead',
    ]);
    const inOrder = (await readEffects(database)).map(({ number }) => number).filter((n) => n < 8);
    expect(inOrder).toEqual([0, 1, 2, 3, 4, 6, 7]);
  });

  it('keeps its last error short and without what is recognisably a secret', async () => {
    const database = await openFor(open);
    const leaky = onEvent({
      ...{ name: 'leaky', event: counted, attemptsMax: 1 },
      deliver: async () => {
        throw new Error(`no answer of smtp://mailer:pl4nted@mail.example.org ${'x'.repeat(5_000)}`);
      },
    });
    const instance = instanceOn(database, { handlers: [leaky] });
    await instance.start();
    await instance.add(1);
    await expectSoon(async () => (await readDeliveries(database))[0]?.state).toBe('dead');
    const text = (await readDeliveries(database))[0]?.lastError ?? '';
    expect(text).toContain('Error: no answer of smtp://mailer:[redacted]@');
    expect(text).not.toContain('pl4nted');
    expect(text.length).toBeLessThanOrEqual(1_001);
  });
});

describeEachEngine('a dead letter', (open) => {
  async function withDeadLetter() {
    const database = await openFor(open);
    let isBroken = true;
    const handler = picky('picky', (number) => isBroken && number === 1, 1);
    const instance = instanceOn(database, { handlers: [handler] });
    await instance.start();
    for (const number of [1, 2]) await instance.add(number, { aggregate: 'a' });
    await expectSoon(async () => (await instance.deadLetters.list({ limit: 10 })).length).toBe(1);
    await expectSoon(async () => (await readEffects(database)).length).toBe(1);
    const [letter] = await instance.deadLetters.list({ limit: 10 });
    const replay = (id = letter?.id ?? '') =>
      database.withTransaction({ name: 'replay' }, (tx) => instance.deadLetters.replay(tx, id));
    const mend = () => {
      isBroken = false;
    };
    return { ...instance, database, letter, replay, mend };
  }

  it('tells what failed, how often and why', async () => {
    const { letter } = await withDeadLetter();
    expect(letter).toMatchObject({
      ...{ handler: 'picky', event: 'test.counted', aggregate: 'a', attempts: 1 },
      lastError: 'Error: number 1 is poison',
    });
    expect(letter?.failedAt.getTime()).toBeGreaterThanOrEqual(letter?.occurredAt.getTime() ?? 0);
  });

  it('is replayed with all its attempts, after what its aggregate has had since', async () => {
    const { database, replay, mend } = await withDeadLetter();
    mend();
    expect(await replay()).toBe(true);
    await expectSoon(() => countPending(database)).toBe(0);
    expect((await readEffects(database)).map(({ number }) => number)).toEqual([2, 1]);
    expect(await readDeliveries(database)).toEqual([]);
  });

  it('is replayed once, however many ask at once; what is no dead letter is not', async () => {
    const { database, replay, mend } = await withDeadLetter();
    mend();
    const answers = await Promise.all([replay(), replay(), replay()]);
    expect(answers.filter(Boolean)).toHaveLength(1);
    await expectSoon(() => countPending(database)).toBe(0);
    expect(await readEffects(database)).toHaveLength(2);
    const others = ['999999-picky', '1-nobody', 'nonsense', '99999999999999999999-picky', "1-' or true"];
    for (const id of others) expect(await replay(id)).toBe(false);
  });

  it('that fails again comes back to the list', async () => {
    const { database, replay, deadLetters } = await withDeadLetter();
    expect(await replay()).toBe(true);
    await expectSoon(() => countPending(database)).toBe(0);
    expect(await deadLetters.list({ limit: 10 })).toMatchObject([{ attempts: 1 }]);
  });
});
