import type { Migration } from '../database/index.js';

/**
 * `leaves` holds hashes, which no compression makes smaller. A seal is never changed; a chain's row moves with
 * its head and is never deleted.
 */
const seals: Migration = {
  id: '0520-sealer',
  up: `
    create table seal_chains (
      name text primary key,
      epoch integer not null default 1 check (epoch >= 1),
      head_number bigint not null default 0 check (head_number >= 0),
      head_hash bytea not null default decode(repeat('00', 32), 'hex'),
      head_epoch integer not null default 0,
      head_xid xid8 not null default '0',
      head_id uuid not null default '00000000-0000-0000-0000-000000000000'
    );
    create table seals (
      chain text not null,
      number bigint not null check (number >= 1),
      form smallint not null check (form >= 1),
      epoch integer not null,
      xid xid8 not null,
      id uuid not null,
      row_count integer not null check (row_count >= 1),
      leaves bytea not null,
      previous_hash bytea not null,
      hash bytea not null,
      sealed_at timestamptz not null,
      primary key (chain, number)
    );
    alter table seals alter column leaves set storage external;
    create function refuse_change_of_sealed() returns trigger language plpgsql as $$
    begin
      raise exception 'the table % is append-only: % is refused', tg_table_name, lower(tg_op)
        using errcode = 'insufficient_privilege';
    end $$;
    create trigger seals_append_only before update or delete or truncate on seals
      for each statement execute function refuse_change_of_sealed();
    create trigger seal_chains_kept before delete or truncate on seal_chains
      for each statement execute function refuse_change_of_sealed();
  `,
};

export const sealerMigrations: readonly Migration[] = [seals];

/**
 * The part of a migration that makes a new table (with the key `id uuid`) a sealed one: its position, the index
 * that the sealer reads by, the trigger that refuses changes, and its chain. Both names are constants of the code.
 */
export function sealable({ table, chain }: { readonly table: string; readonly chain: string }): string {
  return `
    alter table ${table}
      add column epoch integer not null,
      add column xid xid8 not null default pg_current_xact_id();
    create unique index ${table}_position on ${table} (epoch, xid, id);
    create trigger ${table}_append_only before update or delete or truncate on ${table}
      for each statement execute function refuse_change_of_sealed();
    insert into seal_chains (name) values ('${chain}');
  `;
}
