import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import type { Database } from '../../database/index.js';
import { verifyChain } from '../index.js';
import {
  entriesMigrations,
  entriesTable,
  insertManyEntries,
  runStatement,
  tamper,
} from './entries.repository.js';
import { addEntries, sealerOf, sealUntil, untilSealable, verifyEntries } from './seal-harness.js';

const migrations = entriesMigrations;
const nowhere = '01900000-0000-7000-8000-000000000000';

describeEachEngine('the verification', (open) => {
  /** Three seals of two rows each; the ids of the rows in order. */
  async function sealed(): Promise<{ db: Database; ids: string[] }> {
    const db = await open({ migrations });
    const entries = ['a', 'b', 'c', 'd', 'e', 'f'].map((author) => ({ author, remark: `of ${author}` }));
    const ids = await addEntries(db, entries);
    await untilSealable(db);
    expect(await sealerOf(db, { config: { rowsMax: 2 } }).run()).toBe(6);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 6 });
    return { db, ids };
  }

  const findingsOf = async (db: Database) => (await verifyEntries(db)).findings;

  it.each([
    ['text', "author = 'x'"],
    ['null', 'author = null'],
    ['moment by a microsecond', "written_at = written_at + interval '1 microsecond'"],
    ['number', 'amount = 1'],
    ['hash of its details', "remark_hash = sha256('x')"],
  ])('names a row of which the %s was changed', async (_what, change) => {
    const { db, ids } = await sealed();
    await tamper(db, `update entries set ${change} where id = '${ids[2]}'`);
    const kinds = await findingsOf(db);
    expect(kinds).toContainEqual({ kind: 'row-changed', id: ids[2] });
    expect(new Set(kinds.map((finding) => 'id' in finding && finding.id))).toEqual(new Set([ids[2]]));
  });

  it('names a row that was removed', async () => {
    const { db, ids } = await sealed();
    await tamper(db, `delete from entries where id = '${ids[3]}'`);
    expect(await findingsOf(db)).toEqual([{ kind: 'row-removed', id: ids[3] }]);
  });

  it('names a row that was slipped in between sealed ones', async () => {
    const { db, ids } = await sealed();
    await tamper(
      db,
      `insert into entries (id, epoch, xid, written_at, author)
       select '${nowhere}', epoch, xid, written_at, 'x' from entries where id = '${ids[3]}'`,
    );
    expect(await findingsOf(db)).toEqual([{ kind: 'row-inserted', id: nowhere }]);
  });

  it('names a row that was exchanged for another one, and one that was moved', async () => {
    const { db, ids } = await sealed();
    await tamper(db, `update entries set id = '${nowhere}' where id = '${ids[0]}'`);
    expect(await findingsOf(db)).toEqual([
      { kind: 'row-removed', id: ids[0] },
      { kind: 'row-inserted', id: nowhere },
    ]);
    await tamper(db, `update entries set id = '${ids[0]}' where id = '${nowhere}'`);
    await tamper(db, `update entries set xid = '1' where id = '${ids[5]}'`);
    expect(await findingsOf(db)).toEqual([{ kind: 'row-changed', id: ids[5] }]);
  });

  it('names details that were changed or slipped in, and takes no offence at erased ones', async () => {
    const { db, ids } = await sealed();
    await runStatement(db, `delete from entry_remarks where entry_id = '${ids[0]}'`);
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 6, erased: 1 });
    await runStatement(db, `update entry_remarks set remark = 'x' where entry_id = '${ids[4]}'`);
    expect(await findingsOf(db)).toEqual([{ kind: 'details-changed', id: ids[4] }]);
    const [bare] = (await addEntries(db, [{}])) as [string];
    await sealUntil(db, 7);
    await runStatement(db, `insert into entry_remarks values ('${bare}', 'salt', 'x')`);
    expect(await findingsOf(db)).toEqual([
      { kind: 'details-changed', id: ids[4] },
      { kind: 'details-changed', id: bare },
    ]);
  });

  it.each([
    ['its leaves', "leaves = decode(repeat('00', 96), 'hex')", 'seal-changed'],
    ['its count', 'row_count = 3', 'seal-changed'],
    ['its moment', "sealed_at = sealed_at + interval '1 second'", 'seal-changed'],
    ['its position', "xid = '1'", 'seal-changed'],
    ['its hash', "hash = sha256('x')", 'seal-changed'],
    ['the hash before', "previous_hash = sha256('x')", 'seal-changed'],
  ])('names a seal of which %s was changed', async (_what, change, kind) => {
    const { db } = await sealed();
    await tamper(db, `update seals set ${change} where number = 2`);
    expect(await verifyEntries(db)).toMatchObject({ ok: false, checked: 2, findings: [{ kind, seal: 2 }] });
  });

  it('names a seal that was removed, in the middle and at the end', async () => {
    const { db } = await sealed();
    await tamper(db, 'delete from seals where number = 3');
    expect(await findingsOf(db)).toEqual([{ kind: 'seal-removed', seal: 3 }]);
    await tamper(db, 'delete from seals where number = 1');
    expect(await findingsOf(db)).toEqual([{ kind: 'seal-removed', seal: 1 }]);
  });

  it('names a head that was set back or forward', async () => {
    const { db } = await sealed();
    await tamper(db, 'update seal_chains set head_number = 2');
    expect(await findingsOf(db)).toEqual([{ kind: 'head-changed', seal: 2 }]);
    await tamper(db, 'update seal_chains set head_number = 4');
    expect(await findingsOf(db)).toEqual([{ kind: 'seal-removed', seal: 4 }]);
  });

  it('finds a whole tail that was cut off with its seals, by a hash that was written down', async () => {
    const { db, ids } = await sealed();
    const { head } = await verifyEntries(db);
    const more = await addEntries(db, [{ author: 'g' }]);
    await sealUntil(db, 7);
    expect(await verifyEntries(db, head.hash.toUpperCase())).toMatchObject({ ok: true });
    await tamper(
      db,
      `delete from entries where id in ('${ids[4]}', '${ids[5]}', '${more[0]}')`,
      'delete from seals where number > 2',
      `update seal_chains set (head_number, head_hash, head_epoch, head_xid, head_id) =
         (select number, hash, epoch, xid, id from seals where number = 2)`,
    );
    expect(await verifyEntries(db)).toMatchObject({ ok: true, checked: 4 });
    expect((await verifyEntries(db, head.hash)).findings).toEqual([{ kind: 'head-unknown' }]);
  });

  it('lists at most 20 findings and goes on after the pages that they are in', async () => {
    const db = await open({ migrations });
    await insertManyEntries(db, new Date('2026-03-01T04:00:00Z'), 12_000);
    await sealUntil(db, 12_000);
    await tamper(db, "update entries set author = 'x' where author in ('author 5', 'author 11500')");
    expect(await verifyEntries(db)).toMatchObject({ ok: false, checked: 12_000 });
    expect(await findingsOf(db)).toHaveLength(2);
    await tamper(db, "update entries set author = 'x'");
    expect((await verifyEntries(db)).findings).toHaveLength(20);
  });

  it('reports progress up to the last seal, and ends with the reason of its signal', async () => {
    const { db } = await sealed();
    const steps: { done: number; total: number }[] = [];
    const progress = (step: { done: number; total: number }) => void steps.push(step);
    const ended = new AbortController();
    await verifyChain(db, entriesTable, { signal: ended.signal, progress });
    expect(steps.at(-1)).toEqual({ done: 3, total: 3 });
    ended.abort(new Error('enough'));
    await expect(verifyChain(db, entriesTable, { signal: ended.signal })).rejects.toThrow('enough');
  });

  it('refuses, by name, seals of a form that only a newer release knows', async () => {
    const { db } = await sealed();
    const older = { ...entriesTable, forms: [] };
    await expect(verifyChain(db, older, { signal: AbortSignal.timeout(10_000) })).rejects.toThrow(
      /form 1.*use a newer one/,
    );
  });

  it('verifies seals of an earlier form beside those of the next', async () => {
    const { db } = await sealed();
    const [first] = entriesTable.forms;
    const newer = { ...entriesTable, forms: [first, first.slice(0, 2)] };
    await addEntries(db, [{ author: 'g' }]);
    await sealUntil(db, 7, sealerOf(db, { table: newer }));
    const options = { signal: AbortSignal.timeout(10_000) };
    expect(await verifyChain(db, newer, options)).toMatchObject({ ok: true, checked: 7 });
  });
});
