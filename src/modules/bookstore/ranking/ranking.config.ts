import Type, { type Static } from 'typebox';

export const rankingConfig = Type.Object(
  {
    placesMax: Type.Integer({
      default: 100,
      minimum: 1,
      maximum: 1_000,
      unit: 'books',
      description: 'Length of a ranking.',
    }),
    realtimeSeconds: Type.Integer({
      default: 300,
      minimum: 10,
      maximum: 86_400,
      unit: 's',
      description: 'How often the ranking of this very hour is computed.',
    }),
    periodsSeconds: Type.Integer({
      default: 900,
      minimum: 10,
      maximum: 86_400,
      unit: 's',
      description: 'How often the rankings of day, week, month and newcomers are computed.',
    }),
    newbieDays: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 365,
      unit: 'days',
      description: 'How long after its first chapter a book is a newcomer.',
    }),
    viewsFlushSeconds: Type.Integer({
      default: 10,
      minimum: 1,
      maximum: 600,
      unit: 's',
      description: 'Views are counted in memory and written this often; a killed process loses as many.',
    }),
    viewsPendingMax: Type.Integer({
      default: 20_000,
      minimum: 100,
      maximum: 1_000_000,
      unit: 'books',
      description: 'Books whose views wait in memory; those of further books are not counted meanwhile.',
    }),
  },
  { additionalProperties: false },
);

export type RankingConfig = Static<typeof rankingConfig>;
