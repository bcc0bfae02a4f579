import type { Migration } from '../../../platform/database/index.js';
import { sealable } from '../../../platform/sealer/index.js';
import { ledgerChains } from './ledger.tables.js';

const [transactions, postings] = ledgerChains;

/**
 * Balances are the hot rows: they are in no index and their pages are half empty, so that an update stays on its
 * page. `debt` is kept as what is owed, above zero, while its postings count against the user.
 */
const accounts: Migration = {
  id: '0700-wallet-accounts',
  up: `
    create table ledger_accounts (
      id bigint generated always as identity primary key,
      user_id uuid references users (id),
      kind text not null,
      shard smallint check (shard between 0 and 15),
      balance bigint not null default 0,
      locked boolean not null default false,
      constraint ledger_accounts_owner check (
        case when user_id is null
          then shard is not null and kind in ('cash', 'revenue', 'fees', 'promotions', 'withdrawals')
          else shard is null and kind in ('promo', 'paid', 'frozen', 'debt', 'earnings')
        end),
      constraint ledger_accounts_not_below_zero check (balance >= 0 or kind in ('cash', 'promotions'))
    ) with (fillfactor = 50);
    create unique index ledger_accounts_purse on ledger_accounts (user_id, kind) where user_id is not null;
    create unique index ledger_accounts_shard on ledger_accounts (kind, shard) where shard is not null;
    insert into ledger_accounts (kind, shard)
      select kind, shard from unnest(array['cash', 'revenue', 'fees', 'promotions', 'withdrawals']) as kind,
        generate_series(0, 15) as shard;
    insert into ledger_accounts (user_id, kind)
      select id, kind from users, unnest(array['promo', 'paid', 'frozen', 'debt', 'earnings']) as kind;
  `,
};

/**
 * The postings of a transaction are written with it or not at all: its own trigger sums them at the commit, theirs
 * refuses postings to one of an earlier commit. Both read by index only: a session that planned them while the tables
 * were empty would scan all of them ever after.
 */
const ledger: Migration = {
  id: '0701-wallet-ledger',
  up: `
    create table ledger_transactions (
      id uuid primary key,
      at timestamptz not null,
      type text not null,
      reference text not null constraint ledger_transactions_reference unique,
      user_id uuid not null,
      original_id uuid
    );
    create index ledger_transactions_original on ledger_transactions (original_id) where original_id is not null;
    ${sealable(transactions)}
    create table ledger_postings (
      id uuid not null default gen_random_uuid(),
      transaction_id uuid not null,
      account_id bigint not null,
      amount bigint not null check (amount <> 0),
      at timestamptz not null,
      primary key (transaction_id, account_id)
    );
    create index ledger_postings_account on ledger_postings (account_id, transaction_id);
    ${sealable(postings)}

    create function ledger_check_balanced() returns trigger language plpgsql set enable_seqscan = off as $$
    declare
      total numeric;
    begin
      select sum(amount) into total from ledger_postings where transaction_id = new.id;
      if total is distinct from 0 then
        raise exception 'the postings of ledger transaction % come to %, not to 0', new.id, coalesce(total::text, 'nothing')
          using errcode = 'check_violation', constraint = 'ledger_transactions_balanced';
      end if;
      return null;
    end $$;
    create constraint trigger ledger_transactions_balanced after insert on ledger_transactions
      deferrable initially deferred for each row execute function ledger_check_balanced();

    create function ledger_check_postings() returns trigger language plpgsql set enable_seqscan = off as $$
    begin
      if exists (
        select from added a where not exists (
          select from ledger_transactions t where t.id = a.transaction_id and t.xid = pg_current_xact_id())
      ) then
        raise exception 'postings belong to a ledger transaction of the same commit'
          using errcode = 'check_violation', constraint = 'ledger_postings_of_this_commit';
      end if;
      return null;
    end $$;
    create trigger ledger_postings_of_this_commit after insert on ledger_postings
      referencing new table as added for each statement execute function ledger_check_postings();
  `,
};

export const ledgerMigrations: readonly Migration[] = [accounts, ledger];
