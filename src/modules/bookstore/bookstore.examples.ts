/** Examples of the API document; the tests check them against the schemas. */
const book = {
  id: '0198b3d0-2c41-7a10-8f3e-5b6c7d8e9f01',
  title: '渡口的灯',
  author: { id: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42', name: '青羽编辑部' },
  introduction: '老人下葬后的第七天，一条没有人的船顺水而来。',
  category: 'mystery',
  tags: ['江湖', '成长'],
  status: 'completed',
  vipLibrary: false,
  wordCount: 8_642,
  chapterCount: 9,
  publishedAt: '2025-08-16T12:00:00.000Z',
  lastChapterAt: '2025-08-16T12:00:00.000Z',
  version: 1,
};

const chapter = {
  id: '0198b3d0-2c42-7b21-9a4f-6c7d8e9f0a12',
  number: 4,
  volume: null,
  title: '第四章 纸船',
  wordCount: 1_012,
  access: 'paid',
  price: 6,
  publishedAt: '2025-08-16T12:00:00.000Z',
};

export const examples = {
  book,
  books: { items: [book], nextCursor: null },
  chapters: { items: [chapter], nextCursor: 'WzRd' },
  bookParams: { id: book.id },
  imported: { bookId: book.id, title: book.title, chapters: 9 },
  preview: {
    title: book.title,
    author: '青羽编辑部',
    introduction: null,
    encoding: 'GB18030',
    chapters: [{ number: 1, volume: null, title: '第一章 无人的船', wordCount: 968 }],
    leftOut: [{ kind: 'advertisement', text: '本书由某某论坛整理下载' }],
  },
};
