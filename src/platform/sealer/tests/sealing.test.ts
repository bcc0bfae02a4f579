import { expect, it, vi } from 'vitest';
import { describeEachEngine, describePostgres } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { systemClock } from '../../kernel/index.js';
import { raiseEpoch } from '../index.js';
import {
  countSeals,
  entriesMigrations,
  entryIdsInOrder,
  epochNow,
  epochOfEntry,
  insertEntry,
  insertManyEntries,
  runStatement,
  sealedIds,
} from './entries.repository.js';
import { addEntries, sealerOf, sealUntil, untilSealable, verifyEntries } from './seal-harness.js';

const migrations = entriesMigrations;
const writtenAt = new Date('2026-03-01T04:00:00Z');

describeEachEngine('the sealer', (open) => {
  it('seals every row once, in the order of transactions, and the chain verifies', async () => {
    const db = await open({ migrations });
    const ids = await addEntries(db, [{ author: 'Cao' }, { author: 'Gao', remark: 'finished it' }, {}]);
    await sealUntil(db, 3);
    expect(await sealedIds(db)).toEqual(ids);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 3, unsealed: 0, findings: [] });
  });

  it('an empty log has no seal and verifies', async () => {
    const db = await open({ migrations });
    expect(await sealerOf(db).run()).toBe(0);
    expect(await countSeals(db)).toBe(0);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 0, seals: 0, head: { seal: 0 } });
  });

  it('a seal and a pass are bounded; the next pass goes on', async () => {
    const db = await open({ migrations });
    await insertManyEntries(db, writtenAt, 25);
    const sealer = sealerOf(db, { config: { rowsMax: 4, sealsMax: 2 } });
    await untilSealable(db);
    expect(await sealer.run()).toBe(8);
    expect([await countSeals(db), (await sealedIds(db)).length]).toEqual([2, 8]);
    await sealUntil(db, 25, sealer);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 25, seals: 7 });
  });

  it('a transaction that is undone leaves nothing to seal', async () => {
    const db = await open({ migrations });
    await db.withTransaction({ name: 'undone' }, async (tx) => {
      await insertEntry(tx, { writtenAt });
      return tx.rollback(undefined);
    });
    expect(await sealerOf(db).run()).toBe(0);
  });

  it('sealed rows and seals can be neither updated nor deleted nor truncated', async () => {
    const db = await open({ migrations });
    await addEntries(db, [{}]);
    await sealUntil(db, 1);
    const changes = ["update entries set author = 'x'", 'delete from entries', 'truncate entries'];
    const ofSeals = [
      'update seals set row_count = 2',
      'delete from seals',
      'truncate seals',
      'delete from seal_chains',
    ];
    for (const change of [...changes, ...ofSeals]) {
      await expect(runStatement(db, change), change).rejects.toThrow(/append-only/);
    }
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 1 });
  });

  it('the lag is the age of the oldest row without a seal, and degrades the health beyond its limit', async () => {
    const db = await open({ migrations });
    const clock = new FakeClock(writtenAt);
    const sealer = sealerOf(db, { clock, config: { sealsMax: 1, rowsMax: 1 } });
    await addEntries(db, [{ writtenAt }, { writtenAt }, { writtenAt }]);
    clock.advance(7_000);
    await sealUntil(db, 1, sealer);
    expect([sealer.lagSeconds(), sealer.health().status]).toEqual([7, 'degraded']);
    await sealUntil(db, 3, sealer);
    await sealer.run();
    expect([sealer.lagSeconds(), sealer.health().status]).toEqual([0, 'healthy']);
  });

  it('rows that a transaction writes while an epoch begins belong wholly to one side of it', async () => {
    const db = await open({ migrations });
    const raised = gate();
    const adding = raised.passed.then(() => addEntries(db, [{}]));
    await db.withTransaction({ name: 'raise' }, async (tx) => {
      await raiseEpoch(tx, 'entries');
      raised.open();
    });
    const [id] = (await adding) as [string];
    expect([await epochNow(db), await epochOfEntry(db, id)]).toEqual([2, 2]);
    await sealUntil(db, 1);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 1 });
  });

  it('keeps the lag below 5 s while rows are written as fast as the database takes them', async () => {
    const db = await open({ migrations });
    const sealer = sealerOf(db, { clock: systemClock });
    sealer.start();
    const endMs = performance.now() + 4_000;
    let written = 0;
    let worstSeconds = 0;
    const write = async () => {
      while (performance.now() < endMs) {
        await addEntries(db, [{ writtenAt: systemClock.now(), author: 'Cao' }]);
        written += 1;
        worstSeconds = Math.max(worstSeconds, sealer.lagSeconds());
      }
    };
    await Promise.all([write(), write(), write()]);
    await vi.waitFor(async () => expect((await sealedIds(db)).length).toBe(written), { timeout: 10_000 });
    await sealer.stop();
    expect(written).toBeGreaterThan(100);
    expect(worstSeconds).toBeGreaterThan(0);
    expect(worstSeconds).toBeLessThan(5);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: written });
  });
});

describePostgres('on a server with concurrent transactions, the sealer', (open) => {
  it('never loses a row whose transaction began first and committed last', async () => {
    const db = await open({ migrations });
    const written = gate();
    const release = gate();
    let firstId = '';
    const early = db.withTransaction({ name: 'early' }, async (tx) => {
      firstId = await insertEntry(tx, { writtenAt });
      written.open();
      await release.passed;
    });
    await written.passed;
    const [secondId] = (await addEntries(db, [{}])) as [string];
    const sealer = sealerOf(db);
    for (let pass = 0; pass < 3; pass++) expect(await sealer.run()).toBe(0);
    expect(await sealedIds(db)).toEqual([]);
    release.open();
    await early;
    await sealUntil(db, 2, sealer);
    expect(await sealedIds(db)).toEqual([firstId, secondId]);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 2 });
  });

  it('seals each row once, and none behind the head, with four sealers beside 400 transactions', async () => {
    const db = await open({ migrations });
    const sealers = [1, 2, 3, 4].map(() => sealerOf(db, { config: { rowsMax: 7, sealsMax: 3 } }));
    let writing = true;
    const write = async (writer: number) => {
      for (let n = 0; n < 80; n++) {
        await db.withTransaction({ name: 'write' }, async (tx) => {
          await insertEntry(tx, { writtenAt, amount: n });
          for (let turn = 0; turn < (n * writer) % 5; turn++)
            await insertEntry(tx, { writtenAt, amount: -n });
          return n % 9 === 0 ? tx.rollback(undefined) : undefined;
        });
      }
    };
    const seal = async (sealer: ReturnType<typeof sealerOf>) => {
      while (writing) await sealer.run();
    };
    const sealing = sealers.map(seal);
    await Promise.all([1, 2, 3, 4, 5].map(write));
    writing = false;
    await Promise.all(sealing);
    const written = await entryIdsInOrder(db);
    await sealUntil(db, written.length);
    expect(await sealedIds(db)).toEqual(written);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: written.length });
  });
});

/** Lets those who wait for `passed` go on once it is opened. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}
