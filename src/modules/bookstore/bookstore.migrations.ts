import type { Migration } from '../../platform/database/index.js';
import { authoringMigrations } from './authoring/authoring.migrations.js';
import { categoryMigrations } from './category/category.migrations.js';
import { rankingMigrations } from './ranking/ranking.migrations.js';
import { searchMigrations } from './search/search.migrations.js';

/** `import_key` is what makes an import that is sent twice one book. */
const books: Migration = {
  id: '0100-bookstore-books',
  up: `
    create table books (
      id uuid primary key,
      author_id uuid not null references users (id),
      author_name text not null,
      title text not null check (title <> ''),
      introduction text not null,
      category text,
      tags text[] not null,
      status text not null check (status in ('serialising', 'completed', 'paused')),
      vip_library boolean not null,
      word_count bigint not null check (word_count >= 0),
      chapter_count integer not null check (chapter_count >= 0),
      import_key text,
      published_at timestamptz not null,
      last_chapter_at timestamptz not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null default 1,
      constraint books_import_unique unique (author_id, import_key)
    );
    create index books_by_last_chapter on books (last_chapter_at desc, id desc);
    create index books_by_publication on books (published_at desc, id desc);
    create index books_by_word_count on books (word_count desc, id desc);
  `,
};

/** The text stands apart from the row that lists show, so that a page of a list reads no text. */
const chapters: Migration = {
  id: '0101-bookstore-chapters',
  up: `
    create table chapters (
      id uuid primary key,
      book_id uuid not null,
      number integer not null check (number >= 1),
      volume text,
      title text not null check (title <> ''),
      word_count integer not null check (word_count >= 0),
      access text not null check (access in ('free', 'paid')),
      price_coins integer not null check (price_coins >= 0),
      published_at timestamptz not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null default 1,
      constraint chapters_number_unique unique (book_id, number),
      check ((access = 'free') = (price_coins = 0))
    );
    create table chapter_texts (
      chapter_id uuid primary key,
      text text not null
    );
  `,
};

export const bookstoreMigrations: readonly Migration[] = [
  books,
  chapters,
  ...searchMigrations,
  ...authoringMigrations,
  ...categoryMigrations,
  ...rankingMigrations,
];
