import type { Migration } from '../../platform/database/index.js';

/** A user's own completions; the prompts they came from are not kept. */
const calls: Migration = {
  id: '0400-ai-calls',
  up: `
    create table ai_calls (
      id uuid primary key,
      user_id uuid not null references users (id),
      operation text not null,
      provider text not null,
      model text not null,
      state text not null check (state in ('running', 'done', 'failed')),
      finish_reason text check (finish_reason in ('stop', 'length', 'abandoned', 'shutdown')),
      problem text,
      truncated boolean not null,
      content text not null,
      prompt_tokens bigint check (prompt_tokens >= 0),
      completion_tokens bigint check (completion_tokens >= 0),
      charged_tokens bigint check (charged_tokens >= 0),
      started_at timestamptz not null,
      ends_by timestamptz not null,
      ended_at timestamptz,
      check ((state = 'running') = (ended_at is null)),
      check ((state = 'done') = (finish_reason is not null)),
      check ((state = 'failed') = (problem is not null))
    );
    create index ai_calls_by_user on ai_calls (user_id, id);
  `,
};

export const aiMigrations: readonly Migration[] = [calls];
