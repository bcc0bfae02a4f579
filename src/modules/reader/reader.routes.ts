import type { Static } from 'typebox';
import { access, defineRoute, type Route } from '../../platform/http/index.js';
import { denialView, readerErrors } from './reader.errors.js';
import type { ReadingDecision } from './reader.port.js';
import { AccessAnswer, ChapterPageAnswer, ChapterParams } from './reader.schema.js';
import type { ChapterPage, ReaderService } from './reader.service.js';

const params = { id: '0198b3d0-2c42-7b21-9a4f-6c7d8e9f0a12' };

const pageExample: Static<typeof ChapterPageAnswer> = {
  id: params.id,
  book: { id: '0198b3d0-2c41-7a10-8f3e-5b6c7d8e9f01', title: '渡口的灯', authorName: '青羽编辑部' },
  number: 1,
  volume: null,
  title: '第一章 无人的船',
  text: '雨停的时候，天已经黑了。\n他把伞收起来。',
  wordCount: 19,
  access: 'free',
  price: 0,
  why: 'free',
  ads: true,
  publishedAt: '2025-08-16T12:00:00.000Z',
  version: 1,
};

const accessExample: Static<typeof AccessAnswer> = {
  allowed: false,
  price: 6,
  myPrice: 6,
  unlock: [{ way: 'purchase', price: 6 }],
};

export function readerRoutes(reader: ReaderService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/chapters/{id}',
      access: access.guest,
      summary: 'Read a chapter',
      description:
        'The text, for guests too where it is free. Else 403 `chapter-locked` with `price`, `myPrice`, `unlock` (the ways to open it) and `preview` (its free beginning).',
      params: ChapterParams,
      example: { params },
      responses: { 200: { description: 'The chapter', schema: ChapterPageAnswer, example: pageExample } },
      errors: [readerErrors.chapterNotFound, readerErrors.chapterLocked],
      handler: async ({ caller, params }, reply) => {
        reply.header('cache-control', 'private, no-store');
        return pageView(await reader.open(caller, params.id));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/chapters/{id}/access',
      access: access.guest,
      summary: 'May I read this chapter?',
      description: 'Whether the caller may read it and why, or what it costs and what opens it.',
      params: ChapterParams,
      example: { params },
      responses: { 200: { description: 'The decision', schema: AccessAnswer, example: accessExample } },
      errors: [readerErrors.chapterNotFound],
      handler: async ({ caller, params }, reply) => {
        reply.header('cache-control', 'private, no-store');
        return accessView(await reader.access(caller, params.id));
      },
    }),
  ];
}

function pageView({ chapter, text, why, ads }: ChapterPage): Static<typeof ChapterPageAnswer> {
  return {
    id: chapter.id,
    book: { id: chapter.bookId, title: chapter.book.title, authorName: chapter.book.authorName },
    number: chapter.number,
    volume: chapter.volume ?? null,
    title: chapter.title,
    text,
    wordCount: chapter.wordCount,
    access: chapter.access,
    price: chapter.priceCoins,
    why,
    ads,
    publishedAt: chapter.publishedAt?.toISOString() ?? null,
    version: chapter.version,
  };
}

function accessView(decision: ReadingDecision): Static<typeof AccessAnswer> {
  if (decision.allowed) return { allowed: true, why: decision.why };
  return { allowed: false, ...denialView(decision) };
}
