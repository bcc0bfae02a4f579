import Type from 'typebox';
import { pageOf, pageQuery } from '../../platform/http/index.js';
import { bookSorts } from './bookstore.domain.js';
import { bookStatuses } from './bookstore.port.js';
import { titleCharactersMax } from './import/upload.js';
import { searchTiers } from './search/search-tier.js';

const id = (description: string) => Type.String({ format: 'uuid', description });
const moment = (description: string) => Type.String({ format: 'date-time', description });
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const BookAnswer = Type.Object(
  {
    id: id('Id of the book'),
    title: Type.String(),
    author: Type.Object({
      id: id('Account of the author'),
      name: Type.String({ description: 'As readers know it' }),
    }),
    introduction: Type.String(),
    category: orNull(Type.String()),
    tags: Type.Array(Type.String()),
    status: Type.Enum(bookStatuses),
    vipLibrary: Type.Boolean({
      description: 'Its paid chapters are open to members with the library benefit',
    }),
    wordCount: Type.Integer({ description: 'Characters without white space' }),
    chapterCount: Type.Integer(),
    publishedAt: moment('When its first chapter appeared'),
    lastChapterAt: moment('When its newest chapter appeared'),
    version: Type.Integer({ description: 'Sent back with an edit' }),
  },
  { title: 'Book' },
);

export const ChapterAnswer = Type.Object(
  {
    id: id('Id of the chapter'),
    number: Type.Integer({ description: 'Its place in the book, from 1' }),
    volume: orNull(Type.String()),
    title: Type.String(),
    wordCount: Type.Integer({ description: 'Characters without white space' }),
    access: Type.Enum(['free', 'paid']),
    price: Type.Integer({ description: 'Full price, coins; 0 when free' }),
    publishedAt: moment('When it appeared'),
  },
  { title: 'Chapter' },
);

export const BookPage = pageOf(BookAnswer);
export const BookQuery = pageQuery({
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'Looked for in title, author, tags and introduction; without case',
    }),
  ),
  category: Type.Optional(
    Type.String({ minLength: 1, maxLength: 60, description: 'Books of this category only' }),
  ),
  status: Type.Optional(Type.Enum(bookStatuses, { description: 'Books of this status only' })),
  sort: Type.Optional(
    Type.Enum([...bookSorts, 'relevance'], {
      description:
        '`updated`: newest chapter first; `newest`: newest book first; `words`: longest first; `relevance`: best match ' +
        'first, the default of a search and only for one. Otherwise `updated`',
    }),
  ),
});
export const BookParams = Type.Object({ id: id('Id of the book') });
export const MomentCursor = Type.Tuple([
  Type.String({ format: 'date-time' }),
  Type.String({ format: 'uuid' }),
]);
export const RelevanceCursor = Type.Tuple([
  Type.Enum(searchTiers),
  Type.String({ format: 'date-time' }),
  Type.String({ format: 'uuid' }),
]);
export const WordsCursor = Type.Tuple([Type.Integer({ minimum: 0 }), Type.String({ format: 'uuid' })]);

export const ChapterPage = pageOf(ChapterAnswer);
export const ChapterQuery = pageQuery();
export const ChapterCursor = Type.Tuple([Type.Integer({ minimum: 0, maximum: 2_147_483_647 })]);

export const ImportParts = Type.Object({
  file: Type.String({
    format: 'binary',
    description: 'A plain text (UTF-8, UTF-16 with a mark, GB18030 or Big5) or an EPUB 2 or 3',
  }),
  title: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: titleCharactersMax,
      description: 'Absent: as the file says, else as the file is called',
    }),
  ),
});
export const ImportQuery = Type.Object({
  preview: Type.Boolean({ default: false, description: 'Only show the split; nothing is saved' }),
});
export const ImportedAnswer = Type.Object({
  bookId: id('Id of the book'),
  title: Type.String(),
  chapters: Type.Integer({ description: 'How many it has' }),
});
export const PreviewAnswer = Type.Object({
  title: Type.String(),
  author: orNull(Type.String({ description: 'Named in the file' })),
  introduction: orNull(Type.String()),
  encoding: Type.String({ description: 'Of a text; `epub` for an EPUB' }),
  chapters: Type.Array(
    Type.Object({
      number: Type.Integer(),
      volume: orNull(Type.String()),
      title: Type.String(),
      wordCount: Type.Integer(),
    }),
  ),
  leftOut: Type.Array(Type.Object({ kind: Type.String(), text: Type.String() }), {
    description: 'Lines of the file that would be in no chapter, and why; the first 100',
  }),
});
