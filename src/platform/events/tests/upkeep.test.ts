import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { systemClock } from '../../kernel/index.js';
import { cleanUpOutbox, onEvent, outboxGauges } from '../index.js';
import { readOutboxStats } from '../outbox.repository.js';
import { countEvents, countPending, readDeliveries, readEffects } from './effects.repository.js';
import { counted, expectSoon, instanceOn, openFor, recorder, testConfig } from './events-harness.js';

const hourMs = 3_600_000;
const broken = onEvent({
  ...{ name: 'broken', event: counted, attemptsMax: 1 },
  deliver: async () => {
    throw new Error('broken');
  },
});

describeEachEngine('the clean-up', (open) => {
  const { retention } = testConfig({ retention: { handledHours: 1, deadLetterDays: 2 } });

  it('removes events that every handler is done with, at the end of their retention and not before', async () => {
    const clock = new FakeClock();
    const database = await openFor(open, clock);
    const instance = instanceOn(database, { clock, handlers: [recorder('first'), recorder('second')] });
    const cleanUp = (signal = new AbortController().signal) =>
      cleanUpOutbox({ database, clock, retention, signal });
    for (const number of [1, 2, 3]) await instance.add(number);
    clock.advance(hourMs + 1);
    expect(await cleanUp()).toEqual({ events: 0, deadLetters: 0 });
    clock.advance(-hourMs - 1);
    await instance.start();
    await expectSoon(() => countPending(database)).toBe(0);
    clock.advance(hourMs);
    expect(await cleanUp()).toEqual({ events: 0, deadLetters: 0 });
    clock.advance(1);
    expect(await cleanUp(AbortSignal.abort())).toEqual({ events: 0, deadLetters: 0 });
    const removed = await Promise.all([cleanUp(), cleanUp()]);
    expect(removed.reduce((sum, { events }) => sum + events, 0)).toBe(3);
    expect(await countEvents(database)).toBe(0);
  });

  it('keeps the event of a dead letter as long as the dead letter, which has a longer retention', async () => {
    const clock = new FakeClock();
    const database = await openFor(open, clock);
    const instance = instanceOn(database, { clock, handlers: [broken, recorder()] });
    const cleanUp = () => cleanUpOutbox({ database, clock, retention, signal: new AbortController().signal });
    await instance.start();
    await instance.add(1);
    await expectSoon(async () => [await countPending(database), await readEffects(database)]).toMatchObject([
      0,
      [{}],
    ]);
    clock.advance(48 * hourMs);
    expect(await cleanUp()).toEqual({ events: 0, deadLetters: 0 });
    expect(await readDeliveries(database)).toHaveLength(1);
    clock.advance(1);
    expect(await cleanUp()).toEqual({ events: 1, deadLetters: 1 });
  });
});

describeEachEngine('the figures of the outbox', (open) => {
  it('count what waits and what is dead, and tell for how long the oldest has been due', async () => {
    const clock = new FakeClock();
    const database = await openFor(open, clock);
    const stats = () => readOutboxStats(database, clock.now());
    expect(await stats()).toEqual({ pending: 0, oldestSeconds: 0, dead: 0 });
    const instance = instanceOn(database, { clock, handlers: [broken, recorder()] });
    await instance.add(1, { notBefore: new Date(clock.now().getTime() + hourMs) });
    clock.advance(10_000);
    expect(await stats()).toEqual({ pending: 2, oldestSeconds: 0, dead: 0 });
    await instance.add(2);
    await instance.add(3, { aggregate: 'a' });
    clock.advance(30_000);
    expect(await stats()).toEqual({ pending: 6, oldestSeconds: 30, dead: 0 });
    await instance.start();
    await expectSoon(stats).toEqual({ pending: 2, oldestSeconds: 0, dead: 2 });
  });

  it('are counted in metrics by event and outcome', async () => {
    const database = await openFor(open);
    const instance = instanceOn(database, { handlers: [broken, recorder()] });
    await instance.start();
    for (const number of [1, 2]) await instance.add(number);
    await expectSoon(() => countPending(database)).toBe(0);
    const page = await instance.metrics.registry.metrics();
    expect(page).toContain('events_handled_total{event="test.counted",outcome="handled"} 2');
    expect(page).toContain('events_handled_total{event="test.counted",outcome="dead"} 2');
  });

  it('are gauges of the instance that runs the job, once it has looked', async () => {
    const database = await openFor(open);
    const instance = instanceOn(database);
    const job = outboxGauges({ database, clock: systemClock, metrics: instance.metrics });
    const page = () => instance.metrics.registry.metrics();
    await instance.add(1, { notBefore: new Date(Date.now() + hourMs) });
    expect(await page()).not.toMatch(/^outbox_pending /m);
    await job.run({ dueAt: systemClock.now(), signal: new AbortController().signal });
    expect(await page()).toMatch(/^outbox_pending 1$/m);
    expect(await page()).toMatch(/^outbox_oldest_seconds 0$/m);
    expect(await page()).toMatch(/^dead_letters 0$/m);
  });
});
