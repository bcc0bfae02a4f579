import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import type { Database } from '../../database/index.js';
import { nextDueAt, openLanes, readLanes, takeLanes, takeReady } from '../claim.repository.js';
import { releaseLanes, removeHandled } from '../mark.repository.js';
import { analyze, fillBacklog, rowsRead } from './backlog.repository.js';
import { openFor } from './events-harness.js';

const backlog = 20_000;
const room = 100;
const now = new Date('2026-06-01T00:00:00.000Z');
const lease = { token: '00000000-0000-7000-8000-000000000001', until: new Date('2026-06-01T00:01:00.000Z') };

describeEachEngine('whatever waits, is blocked or is dead,', (open) => {
  async function fullOutbox(): Promise<Database> {
    const database = await openFor(open);
    for (const kind of [
      'dead',
      'in one blocked lane',
      'in lanes that wait',
      'delayed',
      'ready',
      'ready, each its aggregate',
    ] as const) {
      await fillBacklog(database, { kind, handler: 'recorder', count: backlog });
    }
    await analyze(database);
    return database;
  }

  it('a claim and its marks read about as many rows as they take', async () => {
    const database = await fullOutbox();
    const rooms = [
      { handler: 'recorder', room },
      { handler: 'another', room },
    ];
    const read = await database.withTransaction({ name: 'claim' }, async (tx) => {
      const taken = await takeReady(tx, rooms, lease, now);
      expect(taken).toHaveLength(room);
      const lanes = await takeLanes(tx, rooms, lease, new Date('2031-01-01'));
      expect(lanes).toHaveLength(room);
      const runs = await readLanes(tx, lanes, 1);
      expect(runs).toHaveLength(room);
      await openLanes(
        tx,
        taken.map(({ handler, seq }) => ({ handler, aggregate: `new ${seq}` })),
        lease,
      );
      await removeHandled(tx, taken, lease.token);
      for (const delivery of runs) await removeHandled(tx, [delivery], lease.token);
      await releaseLanes(tx, lanes, { token: lease.token, now });
      return rowsRead(tx);
    });
    expect(read).toBeGreaterThan(room);
    expect(read).toBeLessThan(backlog / 2);
  });

  it('a look at what is due reads a row or two for each handler', async () => {
    const database = await fullOutbox();
    const due = await nextDueAt(database, ['recorder', 'another']);
    expect(due).toEqual(new Date(0));
    const read = await database.withTransaction({ name: 'look' }, async (tx) => {
      await nextDueAt(tx, ['recorder', 'another']);
      return rowsRead(tx);
    });
    expect(read).toBeLessThan(100);
  });
});
