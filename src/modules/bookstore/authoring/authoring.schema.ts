import Type from 'typebox';
import { pageOf, pageQuery } from '../../../platform/http/index.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { bookStatuses } from '../bookstore.port.js';
import { titleCharactersMax } from '../import/upload.js';

const id = (description: string) => Type.String({ format: 'uuid', description });
const moment = (description: string) => Type.String({ format: 'date-time', description });
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const version = Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Of the edited state' });

const tagsMax = 10;
const tagCharactersMax = 20;
const nameCharactersMax = 30;

export const OwnBookSchema = Type.Object(
  {
    id: id('Id of the book'),
    title: Type.String(),
    authorName: Type.String({ description: 'As readers know you' }),
    introduction: Type.String(),
    category: orNull(Type.String({ description: 'Slug of its category' })),
    tags: Type.Array(Type.String()),
    status: Type.Enum(bookStatuses),
    vipLibrary: Type.Boolean({ description: 'Set by staff' }),
    wordCount: Type.Integer({ description: 'Of its published chapters; characters without white space' }),
    chapterCount: Type.Integer({ description: 'Published chapters' }),
    draftCount: Type.Integer({ description: 'Chapters that are neither published nor scheduled' }),
    scheduledCount: Type.Integer({ description: 'Chapters with a moment of publication ahead' }),
    publishedAt: orNull(moment('When its first chapter appeared or will; null: only drafts')),
    lastChapterAt: orNull(moment('When its newest chapter appeared')),
    createdAt: moment('When it was opened'),
    updatedAt: moment('When it changed last'),
    version: Type.Integer({ description: 'Sent back with an edit' }),
  },
  { title: 'OwnBook' },
);

const chapterMembers = {
  id: id('Id of the chapter'),
  bookId: id('Id of the book'),
  number: Type.Integer({ description: 'Its place in the book, from 1' }),
  volume: orNull(Type.String()),
  title: Type.String(),
  wordCount: Type.Integer({ description: 'Characters without white space' }),
  access: Type.Enum(['free', 'paid']),
  price: Type.Integer({ description: 'Full price, coins; 0 when free' }),
  chosen: Type.Object(
    { access: orNull(Type.Enum(['free', 'paid'])), price: orNull(Type.Integer()) },
    { description: 'What you decided; `null`: the rules decide' },
  ),
  state: Type.Enum(['draft', 'scheduled', 'published']),
  publishedAt: orNull(moment('When it appeared or will')),
  createdAt: moment('When it was begun'),
  updatedAt: moment('When it was edited last'),
  version: Type.Integer({ description: 'Sent back with an edit' }),
};

export const OwnChapterSchema = Type.Object(chapterMembers, { title: 'OwnChapter' });
export const OwnChapterTextSchema = Type.Object(
  { ...chapterMembers, text: Type.String({ description: 'Paragraphs, a line each' }) },
  { title: 'OwnChapterText' },
);

const revisionMembers = {
  version: Type.Integer({ description: 'Of the chapter when it read so' }),
  title: Type.String(),
  wordCount: Type.Integer(),
  replacedAt: moment('When another text took its place'),
};
const RevisionSchema = Type.Object(revisionMembers, { title: 'ChapterRevision' });
export const RevisionTextSchema = Type.Object(
  { ...revisionMembers, text: Type.String() },
  { title: 'ChapterRevisionText' },
);

export const OwnBookPage = pageOf(OwnBookSchema);
export const OwnChapterPage = pageOf(OwnChapterSchema);
export const RevisionPage = pageOf(RevisionSchema);
export const PlainPageQuery = pageQuery();
export const IdCursor = Type.Tuple([Type.String({ format: 'uuid' })]);
export const NumberCursor = Type.Tuple([Type.Integer({ minimum: 0, maximum: 2_147_483_647 })]);

export const OwnBookParams = Type.Object({ id: id('Id of the book') });
export const OwnChapterParams = Type.Object({ id: id('Id of the chapter') });
export const RevisionParams = Type.Object({
  id: id('Id of the chapter'),
  version: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Version of the revision' }),
});

export function bookBodies({ authoring }: BookstoreConfig) {
  const title = Type.String({ minLength: 1, maxLength: titleCharactersMax });
  const rest = {
    authorName: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: nameCharactersMax,
        description: 'Pen name; at first your nickname',
      }),
    ),
    introduction: Type.Optional(Type.String({ maxLength: authoring.introductionCharactersMax })),
    category: Type.Optional(
      orNull(Type.String({ maxLength: 60, description: 'Slug, of GET /api/v1/categories' })),
    ),
    tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: tagCharactersMax }), { maxItems: tagsMax }),
    ),
    status: Type.Optional(Type.Enum(bookStatuses)),
  };
  const closed = { additionalProperties: false };
  return {
    create: Type.Object({ title, ...rest }, closed),
    edit: Type.Object({ title: Type.Optional(title), ...rest, version }, closed),
  };
}

export function chapterBodies({ authoring, import: limits }: BookstoreConfig) {
  const title = Type.String({ minLength: 1, maxLength: titleCharactersMax });
  const text = Type.String({
    maxLength: limits.chapterCharactersMax,
    description: 'Paragraphs, a line each; indents and control characters are not kept',
  });
  const rest = {
    volume: Type.Optional(orNull(Type.String({ maxLength: titleCharactersMax }))),
    access: Type.Optional(
      orNull(Type.Enum(['free', 'paid'], { description: 'The first chapters of a book are always free' })),
    ),
    price: Type.Optional(
      orNull(
        Type.Integer({
          minimum: 1,
          maximum: authoring.chapterPriceCoinsMax,
          description: 'Coins; else by its length',
        }),
      ),
    ),
  };
  const closed = { additionalProperties: false };
  const number = Type.Integer({
    minimum: 1,
    maximum: 2_147_483_647,
    description: 'Moves a draft to the place of another draft',
  });
  return {
    create: Type.Object({ title, text: Type.Optional(text), ...rest }, closed),
    edit: Type.Object(
      {
        ...{ title: Type.Optional(title), text: Type.Optional(text), ...rest },
        ...{ number: Type.Optional(number), version },
      },
      closed,
    ),
  };
}

/** A character takes six bytes of JSON at most. */
export const chapterBytesMax = ({ import: { chapterCharactersMax } }: BookstoreConfig) =>
  chapterCharactersMax * 6 + 65_536;

/** A request without a body publishes now. */
export const PublishBody = orNull(
  Type.Object(
    { publishAt: Type.Optional(moment('When it is to appear; absent, or a moment that has passed: now')) },
    { additionalProperties: false },
  ),
);
export const RestoreBody = Type.Object({ version }, { additionalProperties: false });
