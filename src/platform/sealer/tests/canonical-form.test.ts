import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import {
  entriesMigrations,
  entryHash,
  entryHashUnderOddSettings,
  insertEntry,
  tamper,
} from './entries.repository.js';

const id = '01956e2f-5c00-7000-8000-0123456789ab';
const entry = {
  id,
  writtenAt: new Date('2026-03-01T04:00:00.123Z'),
  author: '曹雪芹 𠮷 "4:x"',
  owner: '0A956E2F-5C00-7000-8000-0123456789AB',
  amount: -9_007_199_254_740_991,
  mark: Buffer.from([0, 255, 10]),
  fact: { b: [1.5, null, 'é'], a: { z: true } },
};

/** The form as the README describes it, made without the database. */
const texts = [
  '1772337600123000',
  entry.author,
  entry.owner.toLowerCase(),
  '-9007199254740991',
  '00ff0a',
  '{"a": {"z": true}, "b": [1.5, null, "é"]}',
];
const form = [...texts.map((text) => `${[...text].length}:${text}`), '-'].join('');
const expected = createHash('sha256').update(form, 'utf8').digest('hex');

describeEachEngine('the canonical form of a row', (open) => {
  it('is the same on every engine and under any setting of a session', async () => {
    const db = await open({ migrations: entriesMigrations });
    await insertEntry(db, entry);
    expect(await entryHash(db, id)).toBe(expected);
    expect(await entryHashUnderOddSettings(db, id)).toBe(expected);
  });

  it('tells values apart wherever one ends and the next begins, and null from empty', async () => {
    const db = await open({ migrations: entriesMigrations });
    await insertEntry(db, { id, writtenAt: entry.writtenAt, author: 'a' });
    const seen = new Set<string>();
    const changes = [
      "author = ''",
      'author = null',
      "author = '-'",
      "author = 'a-'",
      "author = 'a', fact = '\"-\"'",
    ];
    const moves = ["author = null, mark = 'a'", "author = '1:a', mark = null", "fact = '1'", "fact = '1.0'"];
    for (const change of [...changes, ...moves]) {
      await tamper(db, `update entries set ${change}`);
      seen.add(await entryHash(db, id));
    }
    expect(seen.size).toBe(changes.length + moves.length);
  });
});
