import Type from 'typebox';
import { access, defineRoute, type Route } from '../../../platform/http/index.js';
import { examples } from '../bookstore.examples.js';
import { BookAnswer } from '../bookstore.schema.js';
import { bookView } from '../bookstore.views.js';
import { rankingPeriods } from './period.domain.js';
import type { Rankings } from './rankings.service.js';

const moment = (description: string) => Type.String({ format: 'date-time', description });

const RankingAnswer = Type.Object(
  {
    period: Type.Enum(rankingPeriods),
    startsAt: moment('From when on views count'),
    computedAt: Type.Union([moment('When it was computed'), Type.Null()], {
      description: '`null`: not yet since the period began',
    }),
    items: Type.Array(
      Type.Object({
        place: Type.Integer({ minimum: 1 }),
        score: Type.Integer({ description: 'Pages that readers opened' }),
        book: BookAnswer,
      }),
    ),
  },
  { title: 'Ranking' },
);

const example = {
  period: 'day',
  startsAt: '2025-08-16T16:00:00.000Z',
  computedAt: '2025-08-17T02:15:00.000Z',
  items: [{ place: 1, score: 1_280, book: examples.book }],
};

export function rankingRoute(rankings: Rankings): Route {
  return defineRoute({
    method: 'GET',
    path: '/books/rankings/{period}',
    access: access.public,
    summary: 'The most read books',
    description:
      '`realtime`: of the hour that runs and the one before; `day`, `week`, `month`: of the one that runs, from 00:00 in Shanghai; `newbie`: young books by their views of seven days. Empty until the first computation of a period.',
    params: Type.Object({ period: Type.Enum(rankingPeriods, { description: 'Which ranking' }) }),
    query: Type.Object({
      limit: Type.Integer({ default: 20, minimum: 1, maximum: 100, description: 'First places to show' }),
    }),
    example: { params: { period: 'day' } },
    responses: { 200: { description: 'The ranking', schema: RankingAnswer, example } },
    handler: async ({ params: { period }, query: { limit } }) => {
      const { startsAt, computedAt, books } = await rankings.of(period, limit);
      return {
        period,
        startsAt: startsAt.toISOString(),
        computedAt: computedAt?.toISOString() ?? null,
        items: books.map(({ place, score, book }) => ({ place, score, book: bookView(book) })),
      };
    },
  });
}
