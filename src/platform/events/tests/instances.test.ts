import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import type { Database } from '../../database/index.js';
import { claim } from '../claim.js';
import { onEvent } from '../index.js';
import { countPending, insertEffects, readDeliveries, readEffects } from './effects.repository.js';
import { counted, expectSoon, instanceOn, openFor, recorder, testConfig } from './events-harness.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const token = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;

/** Claims everything as an instance does that is killed right after. */
function claimAndVanish(database: Database, clock: FakeClock, leaseMs = 10_000, holder = 1) {
  const now = clock.now();
  return claim(database, {
    rooms: [{ handler: 'recorder', room: 100 }],
    lease: { token: token(holder), until: new Date(now.getTime() + leaseMs) },
    ...{ now, laneRunMax: 100 },
  });
}

/** A handler that stops before its effect until `go` is called. */
function pausing() {
  let go = () => {};
  let begun = 0;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const handler = onEvent({
    name: 'recorder',
    event: counted,
    handle: async (tx, { id, payload }) => {
      begun += 1;
      await gate;
      await insertEffects(tx, [{ handler: 'recorder', eventId: id, number: payload.number }]);
    },
  });
  return { handler, go: () => go(), begun: () => begun };
}

describeEachEngine('several instances', (open, engine) => {
  it('handle each event once for each handler, and each aggregate in order', async () => {
    const database = await openFor(open);
    const handlers = [recorder('first'), recorder('second')];
    const config = testConfig({ dispatch: { claimMax: 20, batchMax: 5 } });
    const instances = [1, 2, 3].map(() => instanceOn(database, { handlers, config }));
    for (const instance of instances) await instance.start();
    await Promise.all(
      ['a', 'b', 'c'].map(async (aggregate, index) => {
        for (const number of numbers(40)) await instances[index]?.add(number, { aggregate });
      }),
    );
    for (const number of numbers(30)) await instances[0]?.add(1_000 + number);
    await expectSoon(() => countPending(database)).toBe(0);
    for (const handler of ['first', 'second']) {
      const effects = await readEffects(database, handler);
      expect(new Set(effects.map(({ eventId }) => eventId)).size).toBe(150);
      expect(effects).toHaveLength(150);
      const inLanes = effects.map(({ number }) => number).filter((n) => n < 1_000);
      for (const number of numbers(40)) expect(inLanes.filter((n) => n === number)).toHaveLength(3);
      expect(isThreeRunsMerged(inLanes)).toBe(true);
    }
  });

  it('take nothing from each other before a lease ends, and all of it at that moment', async () => {
    const clock = new FakeClock();
    const database = await openFor(open, clock);
    const writer = instanceOn(database, { clock });
    await writer.add(1);
    await writer.add(2, { aggregate: 'a' });
    expect((await claimAndVanish(database, clock)).claimed).toHaveLength(2);
    clock.advance(9_999);
    expect((await claimAndVanish(database, clock, 10_000, 2)).claimed).toHaveLength(0);
    clock.advance(1);
    const { claimed } = await claimAndVanish(database, clock, 10_000, 3);
    expect(claimed.flatMap(({ deliveries }) => deliveries.map(({ attempt }) => attempt))).toEqual([2, 2]);
  });

  it('give up an event whose holders vanish again and again', async () => {
    const clock = new FakeClock();
    const database = await openFor(open, clock);
    const instance = instanceOn(database, { handlers: [recorder('recorder', 2)], clock });
    await instance.add(1);
    await instance.add(2, { aggregate: 'a' });
    await instance.add(3, { aggregate: 'a' });
    await claimAndVanish(database, clock);
    clock.advance(10_000);
    await claimAndVanish(database, clock, 10_000, 2);
    clock.advance(10_000);
    await instance.start();
    await expectSoon(async () => (await readEffects(database)).map(({ number }) => number)).toEqual([3]);
    expect(await readDeliveries(database)).toMatchObject([
      { state: 'dead', lastError: expect.stringContaining('HolderVanished') },
      { state: 'dead', lastError: expect.stringContaining('HolderVanished') },
    ]);
  });

  // A transaction that waits holds the one connection of the embedded database, so nobody could take its lease.
  if (engine === 'postgres') {
    it('come to one effect when a holder stalls past its lease and wakes up again', async () => {
      const clock = new FakeClock();
      const database = await openFor(open, clock);
      const stalled = pausing();
      const config = testConfig({ dispatch: { pollMs: 60_000 } });
      const writer = instanceOn(database, { clock });
      await writer.add(1);
      await writer.add(2, { aggregate: 'a' });
      await writer.add(3, { aggregate: 'a' });
      // It looks once, for all three: a second look, after the clock has moved, might take its own leases over.
      const first = instanceOn(database, { handlers: [stalled.handler], clock, config });
      await first.start();
      await expectSoon(() => stalled.begun()).toBe(2);
      clock.advance(3_600_000);
      const second = instanceOn(database, { clock });
      await second.start();
      await expectSoon(() => countPending(database)).toBe(0);
      stalled.go();
      await first.stop();
      const effects = (await readEffects(database)).map(({ number }) => number);
      expect([...effects].sort()).toEqual([1, 2, 3]);
      expect(effects.indexOf(2)).toBeLessThan(effects.indexOf(3));
    });
  }

  it('give back at their end what they did not start, without a try counted', async () => {
    const database = await openFor(open);
    const stalled = pausing();
    const config = testConfig({ dispatch: { concurrency: 1, concurrencyPerHandler: 1 } });
    const instance = instanceOn(database, { handlers: [stalled.handler], config });
    for (const number of numbers(4)) await instance.add(number, number > 1 ? { aggregate: 'a' } : {});
    await instance.start();
    await expectSoon(() => stalled.begun()).toBe(1);
    const stopped = instance.stop();
    stalled.go();
    await stopped;
    expect(await readEffects(database)).toHaveLength(1);
    const left = await readDeliveries(database);
    expect(left.map(({ leased, attempts }) => [leased, attempts])).toEqual([
      [false, 0],
      [false, 0],
      [false, 0],
    ]);
    const next = instanceOn(database);
    await next.start();
    await expectSoon(() => countPending(database)).toBe(0);
    expect(await readEffects(database)).toHaveLength(4);
  });

  it('leave an event to those that know its handler, and say so after a while', async () => {
    const clock = new FakeClock();
    const database = await openFor(open, clock);
    const newer = instanceOn(database, { handlers: [recorder('old'), recorder('new')], clock });
    await newer.add(1);
    await newer.add(2, { aggregate: 'a' });
    const older = instanceOn(database, { handlers: [recorder('old')], clock });
    await older.start();
    await expectSoon(async () => (await readEffects(database)).length).toBe(2);
    expect(await older.dispatcher.health()).toEqual({ status: 'healthy' });
    await older.stop();
    clock.advance(600_000);
    const later = instanceOn(database, { handlers: [recorder('old')], clock });
    await later.start();
    await expectSoon(() => later.dispatcher.health()).toEqual({
      status: 'degraded',
      detail: expect.stringMatching(/this release does not have.*: new$/),
    });
    await newer.start();
    await expectSoon(() => countPending(database)).toBe(0);
  });
});

/** Whether `list` is three ascending runs, each complete, merged in any way. */
function isThreeRunsMerged(list: readonly number[]): boolean {
  const seen = new Map<number, number>();
  return list.every((number) => {
    const times = (seen.get(number) ?? 0) + 1;
    seen.set(number, times);
    return number === 0 || (seen.get(number - 1) ?? 0) >= times;
  });
}
