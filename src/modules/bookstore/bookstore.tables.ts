import type { ColumnType, Generated } from 'kysely';

type Moment = ColumnType<Date, Date, Date>;

export interface BookstoreTables {
  books: {
    id: string;
    author_id: string;
    author_name: string;
    title: string;
    introduction: string;
    category: string | null;
    tags: string[];
    status: string;
    vip_library: boolean;
    word_count: number;
    chapter_count: number;
    import_key: string | null;
    published_at: Moment;
    last_chapter_at: Moment;
    created_at: Moment;
    updated_at: Moment;
    version: Generated<number>;
  };
  chapters: {
    id: string;
    book_id: string;
    number: number;
    volume: string | null;
    title: string;
    word_count: number;
    access: string;
    price_coins: number;
    published_at: Moment;
    created_at: Moment;
    updated_at: Moment;
    version: Generated<number>;
  };
  chapter_texts: { chapter_id: string; text: string };
}
