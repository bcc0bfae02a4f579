import type { Migration } from '../../../platform/database/index.js';

/**
 * Drafts: a chapter without a moment of publication, and a book without such a chapter. The release before takes them
 * for published, so it may not run beside them. Numbers are compared at the end of a statement, so that one statement
 * can move many chapters.
 */
const drafts: Migration = {
  id: '0810-bookstore-drafts',
  minCode: 810,
  up: `
    alter table books alter column published_at drop not null, alter column last_chapter_at drop not null,
      add constraint books_published_whole check ((published_at is null) = (last_chapter_at is null));
    alter table book_search
      alter column published_at drop not null, alter column last_chapter_at drop not null;
    create index books_by_author on books (author_id, id desc);
    alter table chapters
      alter column published_at drop not null,
      add column chosen_access text check (chosen_access in ('free', 'paid')),
      add column chosen_price_coins integer check (chosen_price_coins >= 1),
      add column offered_at timestamptz,
      add column announced_at timestamptz,
      drop constraint chapters_number_unique,
      add constraint chapters_number_unique unique (book_id, number) deferrable initially immediate;
    create index chapters_by_publication on chapters (book_id, published_at);
  `,
};

const revisions: Migration = {
  id: '0811-bookstore-revisions',
  up: `
    create table chapter_revisions (
      chapter_id uuid not null,
      version integer not null,
      title text not null,
      text text not null,
      word_count integer not null,
      replaced_at timestamptz not null,
      primary key (chapter_id, version)
    );
  `,
};

export const authoringMigrations: readonly Migration[] = [drafts, revisions];
