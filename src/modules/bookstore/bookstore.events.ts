import Type from 'typebox';
import { defineEvent } from '../../platform/events/index.js';

const id = Type.String({ format: 'uuid' });
const moment = Type.String({ format: 'date-time' });

const example = {
  bookId: '0198b3d0-2c41-7a10-8f3e-5b6c7d8e9f01',
  chapterId: '0198b3d0-2c42-7b21-9a4f-6c7d8e9f0a12',
  publishedAt: '2025-08-16T12:00:00.000Z',
};

export const chapterPublished = defineEvent({
  type: 'bookstore.chapter-published',
  summary: 'Readers can see a chapter that they could not see before; told once for a chapter',
  payload: Type.Object({
    bookId: id,
    chapterId: id,
    number: Type.Integer({ minimum: 1 }),
    publishedAt: moment,
  }),
  example: { ...example, number: 4 },
});

export const chapterDue = defineEvent({
  type: 'bookstore.chapter-due',
  summary: 'The moment has come that a chapter was scheduled for; it may have been withdrawn since',
  payload: Type.Object({ bookId: id, chapterId: id, publishedAt: moment }),
  example,
});
