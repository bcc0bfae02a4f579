import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import type { Migration } from '../../database/index.js';
import { openInstallation, temporaryFolder } from './backup-harness.js';

const accounts: Migration = {
  id: '0001-accounts',
  up: 'create table accounts (id integer primary key, coins bigint not null); create table transfers (id bigint generated always as identity, at timestamptz)',
};

const chain: Migration = {
  id: '0001-chain',
  up: `
    create table chain (id bigint generated always as identity primary key, word text not null);
    create function refuse_change() returns trigger language plpgsql as $$
      begin raise exception 'rows of % are only added', tg_table_name; end $$;
    create trigger chain_only_grows before update or delete on chain for each row execute function refuse_change();
    create trigger chain_is_never_emptied before truncate on chain execute function refuse_change();
    insert into chain (word) values ('genesis of this database');
    create table members (id integer primary key, name text);
    create table orders (id integer primary key, member_id integer references members (id) deferrable initially deferred);
    create view member_names as select name from members;
    create table parted (id integer, part integer) partition by list (part);
    create table parted_one partition of parted for values in (1);
  `,
};

const later: Migration = {
  id: '0002-later',
  up: `alter table members add column greeting text not null default 'hello';
    alter table members rename to people;
    update people set greeting = 'hello ' || name;
    create table later (id integer primary key)`,
};

describeEachEngine('a backup', (open) => {
  test('holds one moment, while others write all the time, and they wait for no batch of it', async () => {
    const path = join(await temporaryFolder(), 'busy.backup');
    const source = await openInstallation(open, { migrations: [accounts] });
    await source.run(`insert into accounts select n, 100 from generate_series(1, 20000) n`);
    let running = true;
    let transfers = 0;
    const writer = (async () => {
      while (running) {
        const [from, to] = [1 + (transfers % 20000), 1 + ((transfers * 7919) % 20000)];
        await source.run(`with out as (update accounts set coins = coins - 1 where id = ${from} and id <> ${to} returning 1)
          , into_one as (update accounts set coins = coins + 1 where id = ${to} and exists (select from out))
          insert into transfers (at) values (null)`);
        transfers += 1;
      }
    })();
    await source.backup(path).finally(() => {
      running = false;
    });
    await writer;
    expect(transfers).toBeGreaterThan(3);
    const target = await openInstallation(open, { migrations: [accounts] });
    await target.restore(path);
    expect(await target.run(`select sum(coins)::text as coins from accounts`)).toEqual([
      { coins: '2000000' },
    ]);
    const [made] = await target.run(`insert into transfers (at) values (null) returning id`);
    const [most] = await target.run(`select count(*) as rows from transfers`);
    expect(made?.id).toBeGreaterThanOrEqual(most?.rows as number);
  });

  test('two at once are both whole', async () => {
    const folder = await temporaryFolder();
    const source = await openInstallation(open, { migrations: [accounts] });
    await source.run(`insert into accounts select n, 100 from generate_series(1, 3000) n`);
    const names = ['one', 'two'].map((name) => join(folder, name));
    const written = await Promise.all(names.map((name) => source.backup(name)));
    expect(written.map(({ rows }) => rows)).toEqual([3000, 3000]);
    expect(await source.run(`select count(*) as left from pg_class where relname like 'backup%'`)).toEqual([
      { left: 0 },
    ]);
  });

  test('of an earlier release is restored on its schema and then brought up to date', async () => {
    const path = join(await temporaryFolder(), 'early.backup');
    const early = await openInstallation(open, { migrations: [chain] });
    await early.run(`insert into members values (1, 'Daiyu')`);
    await early.run(`insert into orders values (5, 1)`);
    await early.run(`insert into parted values (1, 1)`);
    await early.backup(path);
    const target = await openInstallation(open, { migrations: [chain, later] });
    await target.run(`insert into later values (1)`);
    expect(await target.restore(path)).toMatchObject({ migrated: ['0002-later'] });
    expect(await target.run(`select * from people`)).toEqual([
      { id: 1, name: 'Daiyu', greeting: 'hello Daiyu' },
    ]);
    expect(await target.run(`select * from member_names`)).toEqual([{ name: 'Daiyu' }]);
    expect(await target.run(`select * from later`)).toEqual([]);
    expect(await target.run(`select * from parted_one`)).toEqual([{ id: 1, part: 1 }]);
    expect(await target.run(`select id from schema_migrations order by id`)).toEqual([
      { id: '0001-chain' },
      { id: '0002-later' },
    ]);
  });

  test('replaces rows that only grow by those of the backup, and they only grow afterwards', async () => {
    const path = join(await temporaryFolder(), 'chain.backup');
    const source = await openInstallation(open, { migrations: [chain] });
    await source.run(`insert into chain (word) values ('second')`);
    await source.backup(path);
    const target = await openInstallation(open, { migrations: [chain] });
    await target.run(`insert into chain (word) values ('made by the start')`);
    await target.restore(path);
    expect(await target.content()).toEqual(await source.content());
    await expect(target.run('delete from chain')).rejects.toThrow('only added');
    await expect(target.run('truncate chain')).rejects.toThrow('only added');
  });

  test('calls modules in the same transaction, on the finished schema', async () => {
    const path = join(await temporaryFolder(), 'chain.backup');
    const source = await openInstallation(open, { migrations: [chain] });
    await source.backup(path);
    const called: unknown[] = [];
    const participants = [{ afterRestore: async (tx: unknown) => void called.push(tx) }, {}];
    const target = await openInstallation(open, { migrations: [chain, later], participants });
    await target.restore(path);
    expect(called).toHaveLength(1);
    expect(called[0]).toHaveProperty('rollback');
  });

  test('neither takes nor touches a table that is not of our migrations, and takes no leases along', async () => {
    const path = join(await temporaryFolder(), 'mine.backup');
    const leases: Migration = { id: '0003-leases', up: 'create table leases (name text primary key)' };
    const source = await openInstallation(open, { migrations: [chain, leases] });
    await source.run('create table theirs (id integer)');
    await source.run(`insert into leases values ('held by the other installation')`);
    expect(await source.backup(path)).toMatchObject({ tables: 4 });
    const target = await openInstallation(open, { migrations: [chain, leases] });
    await target.run('create table theirs (id integer)');
    await target.run('insert into theirs values (1)');
    await target.restore(path);
    expect(await target.run('select * from theirs')).toEqual([{ id: 1 }]);
    expect(await target.run('select * from leases')).toEqual([]);
  });
});
