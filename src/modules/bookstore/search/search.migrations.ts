import type { Migration } from '../../../platform/database/index.js';

/**
 * A narrow copy of what searches filter and sort by, beside the grams: a search that matches thousands of books
 * reads only this. The trigger keeps the copy; the application writes the grams. The statistics let the planner tell
 * a gram that most books have from one that few have: the first is found by walking the order, the second by its index.
 */
const search: Migration = {
  id: '0800-bookstore-search',
  up: `
    create table book_search (
      book_id uuid primary key,
      title_key text not null,
      title_grams integer[] not null,
      names_grams integer[] not null,
      whole_grams integer[] not null,
      grams_version smallint not null,
      category text,
      status text not null,
      word_count bigint not null,
      published_at timestamptz not null,
      last_chapter_at timestamptz not null
    );
    create index book_search_by_title on book_search (title_key);
    create index book_search_title on book_search using gin (title_grams);
    create index book_search_names on book_search using gin (names_grams);
    create index book_search_whole on book_search using gin (whole_grams);
    create index book_search_by_last_chapter on book_search (last_chapter_at desc, book_id desc);
    create index book_search_by_publication on book_search (published_at desc, book_id desc);
    create index book_search_by_word_count on book_search (word_count desc, book_id desc);
    alter table book_search
      alter column title_grams set statistics 1000,
      alter column names_grams set statistics 1000,
      alter column whole_grams set statistics 1000;
    create function book_search_follow() returns trigger language plpgsql as $$
    begin
      update book_search set category = new.category, status = new.status, word_count = new.word_count,
        published_at = new.published_at, last_chapter_at = new.last_chapter_at
      where book_id = new.id;
      return null;
    end $$;
    create trigger book_search_follows after update of category, status, word_count, published_at, last_chapter_at
      on books for each row execute function book_search_follow();
  `,
};

export const searchMigrations: readonly Migration[] = [search];
