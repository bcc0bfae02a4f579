import type { ColumnType, Generated } from 'kysely';

type Moment = ColumnType<Date, Date, Date>;
type MomentOrNone = ColumnType<Date | null, Date | null, Date | null>;

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
    /** Of its first chapter, also one to come; null while it has none. */
    published_at: MomentOrNone;
    last_chapter_at: MomentOrNone;
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
    /** What the author chose; null: the rules decide. */
    chosen_access: ColumnType<string | null, string | null | undefined, string | null>;
    chosen_price_coins: ColumnType<number | null, number | null | undefined, number | null>;
    /** Null: a draft. In the future: scheduled. */
    published_at: MomentOrNone;
    /** When it was first published or scheduled: since then somebody may have bought it. */
    offered_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    /** When its publication was told as an event. */
    announced_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    created_at: Moment;
    updated_at: Moment;
    version: Generated<number>;
  };
  chapter_texts: { chapter_id: string; text: string };
  chapter_revisions: {
    chapter_id: string;
    /** Of the chapter when it read so. */
    version: number;
    title: string;
    text: string;
    word_count: number;
    /** When it was replaced. */
    replaced_at: Moment;
  };
  categories: {
    slug: string;
    name_zh: string;
    name_en: string;
    position: number;
    version: Generated<number>;
  };
}
