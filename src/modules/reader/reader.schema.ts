import Type from 'typebox';

const id = (description: string) => Type.String({ format: 'uuid', description });

export const ChapterParams = Type.Object({ id: id('Id of the chapter') });

const OpenReasonSchema = Type.Enum(['free', 'author', 'staff', 'bought', 'vip-library'], {
  description: 'Why it is open to you',
});

export const ChapterPageAnswer = Type.Object(
  {
    id: id('Id of the chapter'),
    book: Type.Object({ id: id('Id of the book'), title: Type.String(), authorName: Type.String() }),
    number: Type.Integer({ description: 'Its place in the book, from 1' }),
    volume: Type.Union([Type.String(), Type.Null()]),
    title: Type.String(),
    text: Type.String({ description: 'Paragraphs, a line each' }),
    wordCount: Type.Integer({ description: 'Characters without white space' }),
    access: Type.Enum(['free', 'paid']),
    price: Type.Integer({ description: 'Full price, coins; 0 when free' }),
    why: OpenReasonSchema,
    ads: Type.Boolean({ description: 'Whether the page carries advertisements' }),
    publishedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: '`null`: a draft, which its author and staff see',
    }),
    version: Type.Integer(),
  },
  { title: 'ChapterPage' },
);

const UnlockSchema = Type.Object({
  way: Type.Enum(['sign-in', 'purchase', 'vip-library']),
  price: Type.Optional(Type.Integer({ description: 'What you pay, coins' })),
});

export const AccessAnswer = Type.Object(
  {
    allowed: Type.Boolean(),
    why: Type.Optional(OpenReasonSchema),
    price: Type.Optional(Type.Integer({ description: 'Full price, coins' })),
    myPrice: Type.Optional(Type.Integer({ description: 'Your price, coins' })),
    unlock: Type.Optional(Type.Array(UnlockSchema, { description: 'What opens it for you' })),
  },
  { title: 'ChapterAccess' },
);
