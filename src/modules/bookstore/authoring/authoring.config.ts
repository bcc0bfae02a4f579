import Type from 'typebox';

export const authoringConfig = Type.Object(
  {
    chapterPriceCoinsMax: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 100_000,
      unit: 'coins',
      description: 'Highest price that an author may set for a chapter.',
    }),
    introductionCharactersMax: Type.Integer({
      default: 2_000,
      minimum: 1,
      maximum: 20_000,
      unit: 'characters',
      description: 'Longest introduction of a book.',
    }),
    revisionsMax: Type.Integer({
      default: 50,
      minimum: 1,
      maximum: 1_000,
      unit: 'revisions',
      description: 'Earlier texts that are kept of a chapter; the oldest goes first.',
    }),
    scheduleDaysMax: Type.Integer({
      default: 365,
      minimum: 1,
      maximum: 3_650,
      unit: 'days',
      description: 'How far ahead a chapter may be scheduled.',
    }),
  },
  { additionalProperties: false },
);
