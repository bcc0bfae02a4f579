import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { describePostgres, startService } from '../../../testing/databases.js';
import { type Database, migrate } from '../../database/index.js';
import { systemClock } from '../../kernel/index.js';
import { raiseEpoch } from '../index.js';
import {
  copyEverything,
  entriesMigrations,
  entryIdsInOrder,
  epochNow,
  sealedIds,
} from './entries.repository.js';
import { addEntries, sealerOf, sealUntil, verifyEntries } from './seal-harness.js';

const migrations = entriesMigrations;

/** A young database: its transaction ids are far below those of the server. */
async function openEmbedded(): Promise<Database> {
  const service = await startService({ dataDir: undefined });
  onTestFinished(() => service.close());
  await migrate(service.database, migrations, {
    clock: systemClock,
    log: pino({ level: 'silent' }),
    holder: 'test',
  });
  return service.database;
}

/** What a backup holds in the middle of work: sealed rows and some that no seal covers yet. */
async function fill(db: Database): Promise<string[]> {
  const sealed = await addEntries(db, [{ author: 'a' }, { author: 'b' }]);
  await sealUntil(db, 2);
  return [...sealed, ...(await addEntries(db, [{ author: 'c' }]))];
}

describePostgres('after a restore on another database server', (open) => {
  const raise = (db: Database) =>
    db.withTransaction({ name: 'raise' }, async (tx) => void (await raiseEpoch(tx, 'entries')));

  const moves = {
    'whose transaction ids are lower': async () => ({
      from: await open({ migrations }),
      to: await openEmbedded(),
    }),
    'whose transaction ids are higher': async () => ({
      from: await openEmbedded(),
      to: await open({ migrations }),
    }),
  };

  it.each(Object.entries(moves))(
    '%s: old rows verify as they were, unsealed ones are sealed, new ones come after them',
    async (_which, servers) => {
      const { from, to } = await servers();
      const ids = await fill(from);
      await copyEverything(from, to);
      await raise(to);
      ids.push(...(await addEntries(to, [{ author: 'd' }, { author: 'e' }])));
      await sealUntil(to, 5);
      expect(await sealedIds(to)).toEqual(ids);
      expect(await entryIdsInOrder(to)).toEqual(ids);
      expect(await epochNow(to)).toBe(2);
      expect(await verifyEntries(to)).toMatchObject({ ok: true, checked: 5, unsealed: 0 });
    },
  );

  it('that nobody told the chain about, the sealer notices by itself, once, and loses nothing', async () => {
    const from = await open({ migrations });
    const to = await openEmbedded();
    await fill(from);
    await copyEverything(from, to);
    const sealers = [sealerOf(to), sealerOf(to)];
    await Promise.all(sealers.map((sealer) => sealer.run()));
    expect(await epochNow(to)).toBe(2);
    await addEntries(to, [{ author: 'd' }]);
    await sealUntil(to, 4);
    expect(await epochNow(to)).toBe(2);
    expect(await verifyEntries(to)).toMatchObject({ ok: true, checked: 4 });
  });
});
