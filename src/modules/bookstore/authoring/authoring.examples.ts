import { examples as shelf } from '../bookstore.examples.js';

const book = {
  ...{
    id: shelf.book.id,
    title: '渡口的灯',
    authorName: '青羽编辑部',
    introduction: '一条没有人的船顺水而来。',
  },
  ...{ category: 'mystery', tags: ['江湖'], status: 'serialising', vipLibrary: false },
  ...{ wordCount: 2_980, chapterCount: 3, draftCount: 1, scheduledCount: 0 },
  publishedAt: '2025-08-16T12:00:00.000Z',
  lastChapterAt: '2025-08-18T12:00:00.000Z',
  createdAt: '2025-08-15T09:30:00.000Z',
  updatedAt: '2025-08-18T12:00:00.000Z',
  version: 2,
};

const chapter = {
  ...{ id: '0198b3d0-2c42-7b21-9a4f-6c7d8e9f0a12', bookId: book.id, number: 4, volume: null },
  ...{ title: '第四章 纸船', wordCount: 17, access: 'paid', price: 1, chosen: { access: null, price: null } },
  ...{ state: 'draft', publishedAt: null },
  createdAt: '2025-08-19T08:00:00.000Z',
  updatedAt: '2025-08-19T08:00:00.000Z',
  version: 1,
};
const text = '雨停的时候，天已经黑了。\n他收起伞。';

const revision = { version: 1, title: '第四章', wordCount: 17, replacedAt: '2025-08-19T09:00:00.000Z' };

export const authoringExamples = {
  book,
  books: { items: [book], nextCursor: null },
  bookParams: { id: book.id },
  newBook: { title: book.title, introduction: book.introduction, category: 'mystery', tags: ['江湖'] },
  bookEdit: { status: 'completed', version: 1 },
  chapter: { ...chapter, text },
  chapters: { items: [chapter], nextCursor: null },
  chapterParams: { id: chapter.id },
  newChapter: { title: chapter.title, text },
  chapterEdit: { text: `${text}\n船不见了。`, version: 1 },
  published: { ...chapter, text, state: 'scheduled', publishedAt: '2025-08-20T12:00:00.000Z' },
  publish: { publishAt: '2025-08-20T12:00:00.000Z' },
  revisions: { items: [revision], nextCursor: null },
  revision: { ...revision, text },
  revisionParams: { id: chapter.id, version: 1 },
  restore: { version: 2 },
};
