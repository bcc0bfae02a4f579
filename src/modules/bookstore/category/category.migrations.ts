import type { Migration } from '../../../platform/database/index.js';

/** Slug, Chinese and English name, in the order readers see. */
const usual = [
  ['fantasy', '玄幻', 'Eastern fantasy'],
  ['magic', '奇幻', 'Western fantasy'],
  ['wuxia', '武侠', 'Martial arts'],
  ['xianxia', '仙侠', 'Immortals'],
  ['urban', '都市', 'City life'],
  ['realistic', '现实', 'Real life'],
  ['military', '军事', 'Military'],
  ['history', '历史', 'History'],
  ['games', '游戏', 'Games'],
  ['sports', '体育', 'Sports'],
  ['sci-fi', '科幻', 'Science fiction'],
  ['mystery', '悬疑', 'Mystery'],
  ['ancient-romance', '古代言情', 'Historical romance'],
  ['modern-romance', '现代言情', 'Modern romance'],
  ['campus', '青春校园', 'Campus'],
  ['light-novel', '轻小说', 'Light novels'],
  ['classic', '古典文学', 'Classics'],
  ['short-story', '短篇', 'Short stories'],
] as const;

const rows = usual.map(([slug, zh, en], i) => `('${slug}', '${zh}', '${en}', ${(i + 1) * 10})`).join(', ');

/** Books named their category in Chinese before. */
const categories: Migration = {
  id: '0812-bookstore-categories',
  up: `
    create table categories (
      slug text primary key check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
      name_zh text not null check (name_zh <> ''),
      name_en text not null check (name_en <> ''),
      position integer not null,
      version integer not null default 1
    );
    insert into categories (slug, name_zh, name_en, position) values ${rows};
    update books set category = categories.slug from categories where books.category = categories.name_zh;
    create index books_by_category on books (category, last_chapter_at desc, id desc);
  `,
};

export const categoryMigrations: readonly Migration[] = [categories];
