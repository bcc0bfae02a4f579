import type { Static } from 'typebox';
import type { Book, PublishedChapter } from './bookstore.port.js';
import type { BookAnswer, ChapterAnswer, PreviewAnswer } from './bookstore.schema.js';
import type { BookPreview } from './import/import.service.js';

const leftOutShownMax = 100;

export function bookView(book: Book): Static<typeof BookAnswer> {
  return {
    id: book.id,
    title: book.title,
    author: { id: book.authorId, name: book.authorName },
    introduction: book.introduction,
    category: book.category ?? null,
    tags: [...book.tags],
    status: book.status,
    vipLibrary: book.vipLibrary,
    wordCount: book.wordCount,
    chapterCount: book.chapterCount,
    publishedAt: book.publishedAt.toISOString(),
    lastChapterAt: book.lastChapterAt.toISOString(),
    version: book.version,
  };
}

export function chapterView(chapter: PublishedChapter): Static<typeof ChapterAnswer> {
  return {
    id: chapter.id,
    number: chapter.number,
    volume: chapter.volume ?? null,
    title: chapter.title,
    wordCount: chapter.wordCount,
    access: chapter.access,
    price: chapter.priceCoins,
    publishedAt: chapter.publishedAt.toISOString(),
  };
}

export function previewView(book: BookPreview): Static<typeof PreviewAnswer> {
  return {
    title: book.title,
    author: book.author ?? null,
    introduction: book.introduction ?? null,
    encoding: book.encoding,
    chapters: book.chapters.map(({ number, volume, title, wordCount }) => ({
      number,
      volume: volume ?? null,
      title,
      wordCount,
    })),
    leftOut: book.leftOut.slice(0, leftOutShownMax).map(({ kind, text }) => ({ kind, text })),
  };
}
