import type { Migration } from '../database/index.js';

/**
 * `answer` is text, not jsonb, which would reorder its members. A row that others can see as `running` belongs to
 * an effect outside of a transaction: `holder` carries it out, until `running_until` at the latest.
 */
export const idempotencyMigrations: readonly Migration[] = [
  {
    id: '0530-idempotency-keys',
    up: `
      create table idempotency_keys (
        scope text not null,
        key text not null,
        request_hash bytea not null,
        state text not null check (state in ('running', 'done', 'too-large')),
        answer text,
        holder uuid,
        running_until timestamptz,
        expires_at timestamptz not null,
        primary key (scope, key)
      );
      create index idempotency_keys_expires_at on idempotency_keys (expires_at);
    `,
  },
];
