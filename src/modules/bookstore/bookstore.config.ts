import Type, { type Static } from 'typebox';
import { authoringConfig } from './authoring/authoring.config.js';
import { rankingConfig } from './ranking/ranking.config.js';

const imports = Type.Object(
  {
    fileBytesMax: Type.Integer({
      default: 52_428_800,
      minimum: 1_024,
      maximum: 104_857_600,
      unit: 'bytes',
      description: 'Largest file that is imported.',
    }),
    chaptersMax: Type.Integer({
      default: 20_000,
      minimum: 1,
      maximum: 100_000,
      unit: 'chapters',
      description: 'A file with more chapters is refused.',
    }),
    chapterCharactersMax: Type.Integer({
      default: 100_000,
      minimum: 1_000,
      maximum: 1_000_000,
      unit: 'characters',
      description:
        'A file with a longer chapter is refused; it usually means that its headings are not known.',
    }),
    epubEntriesMax: Type.Integer({
      default: 25_000,
      minimum: 10,
      maximum: 100_000,
      unit: 'files',
      description: 'An EPUB with more files in it is refused.',
    }),
    epubUnpackedBytesMax: Type.Integer({
      default: 209_715_200,
      minimum: 1_024,
      maximum: 1_073_741_824,
      unit: 'bytes',
      description: 'An EPUB whose pages unpack to more is refused; pictures are never unpacked.',
    }),
    concurrentMax: Type.Integer({
      default: 4,
      minimum: 1,
      maximum: 100,
      unit: 'imports',
      description: 'Imports an instance runs at once, uploads included; beyond it they answer 503.',
    }),
    retryAfterSeconds: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 600,
      unit: 's',
      description: 'Retry-After of that 503.',
    }),
    timeLimitSeconds: Type.Integer({
      default: 120,
      minimum: 1,
      maximum: 3_600,
      unit: 's',
      description: 'From the first byte of an import over HTTP to its answer; 503 afterwards.',
    }),
  },
  { additionalProperties: false },
);

export const bookstoreConfig = Type.Object(
  {
    freeChapters: Type.Integer({
      default: 3,
      minimum: 0,
      maximum: 1_000,
      unit: 'chapters',
      description: 'The first chapters of a book are free for everyone, guests too.',
    }),
    coinsPerThousandCharacters: Type.Integer({
      default: 5,
      minimum: 0,
      maximum: 1_000,
      unit: 'coins',
      description:
        'Price of 1 000 characters of a paid chapter; the price of a chapter is rounded up to the coin.',
    }),
    demoAuthorUsername: Type.String({
      default: 'demo_author',
      minLength: 1,
      maxLength: 60,
      description: 'Account that owns the demo book.',
    }),
    import: imports,
    authoring: authoringConfig,
    ranking: rankingConfig,
  },
  { additionalProperties: false },
);

export type BookstoreConfig = Static<typeof bookstoreConfig>;
