import Type, { type Static } from 'typebox';

export const readerConfig = Type.Object(
  {
    previewCharacters: Type.Integer({
      default: 200,
      minimum: 0,
      maximum: 10_000,
      unit: 'characters',
      description: 'The beginning of a locked chapter that everyone may read.',
    }),
  },
  { additionalProperties: false },
);

export type ReaderConfig = Static<typeof readerConfig>;
