import { pino } from 'pino';
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { Metrics } from '../../../platform/metrics/index.js';
import { describeEachEngine, type OpenDatabase } from '../../../testing/databases.js';
import { bookstoreMetrics } from '../bookstore.metrics.js';
import { BookViewCounter } from '../ranking/book-view-counter.js';
import type { RankingPeriod } from '../ranking/period.domain.js';
import { type RankingConfig, rankingConfig } from '../ranking/ranking.config.js';
import { startBookstore } from './bookstore-harness.js';
import { closeShelves, countRows, insertBook, openShelves } from './rows.repository.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Books `甲`, `乙`, `丙`, each a second younger than the one before, and what they were seen. */
async function startWithBooks(open: OpenDatabase, overrides: Partial<RankingConfig> = {}) {
  const store = await startBookstore(open);
  const { db, clock, module } = store;
  // 12:00 in Shanghai on a Wednesday.
  clock.set(Date.parse('2026-03-11T04:00:00Z'));
  const authorId = await store.user('cao_xueqin');
  const ids: Record<string, string> = {};
  for (const title of ['甲', '乙', '丙']) {
    ids[title] = await insertBook(db, { title, authorId, introduction: '', now: clock.now() });
    clock.advance(1_000);
  }
  const metrics = new Metrics();
  const counter = new BookViewCounter({
    ...{ db, clock, metrics: bookstoreMetrics(metrics), log: pino({ level: 'silent' }) },
    config: { ...Value.Create(rankingConfig), ...overrides },
  });
  const see = (views: Record<string, number>) => {
    for (const [title, count] of Object.entries(views)) {
      for (let i = 0; i < count; i++) counter.seen(ids[title] ?? title);
    }
  };
  const compute = async () => {
    const signal = new AbortController().signal;
    for (const { name, run } of module.jobs) {
      if (name.startsWith('bookstore-ranking')) await run({ dueAt: clock.now(), signal });
    }
  };
  const ranking = async (period: RankingPeriod, limit = 20) => {
    const { body } = await store.get(`/books/rankings/${period}?limit=${limit}`);
    return body.items.map(
      ({ place, score, book }: { place: number; score: number; book: { title: string } }) =>
        `${place} ${book.title} ${score}`,
    );
  };
  const counted = async (name: string) =>
    ((await metrics.registry.getSingleMetric(name)?.get())?.values ?? []).map(({ labels, value }) => ({
      ...labels,
      value,
    }));
  return { ...store, ids, counter, see, compute, ranking, counted };
}

describeEachEngine('rankings', (open) => {
  it('are empty until they are computed, and then the most read first', async () => {
    const { get, see, counter, compute, ranking } = await startWithBooks(open);
    see({ 甲: 1, 乙: 3, 丙: 1 });
    await counter.flush();
    expect((await get('/books/rankings/day')).body).toEqual({
      ...{ period: 'day', startsAt: '2026-03-10T16:00:00.000Z', computedAt: null, items: [] },
    });
    await compute();
    for (const period of ['realtime', 'day', 'week', 'month', 'newbie'] as const) {
      expect(await ranking(period)).toEqual(['1 乙 3', '2 丙 1', '3 甲 1']);
    }
    expect(await ranking('day', 1)).toEqual(['1 乙 3']);
    expect((await get('/books/rankings/year')).status).toBe(400);
  });

  it('turn over at 00:00 in Shanghai: the day, then the week; the month goes on', async () => {
    const { clock, see, counter, compute, ranking } = await startWithBooks(open);
    see({ 甲: 2 });
    await counter.flush();
    const midnight = Date.parse('2026-03-11T16:00:00Z');
    clock.set(midnight - 1);
    see({ 乙: 1 });
    await compute();
    expect(await ranking('day')).toEqual(['1 甲 2']);
    clock.set(midnight);
    expect(await ranking('day')).toEqual([]);
    see({ 丙: 1 });
    await counter.flush();
    await compute();
    expect(await ranking('day')).toEqual(['1 丙 1']);
    expect(await ranking('week')).toEqual(['1 甲 2', '2 丙 1', '3 乙 1']);
    clock.set(Date.parse('2026-03-15T16:00:00Z'));
    await compute();
    expect(await ranking('week')).toEqual([]);
    expect(await ranking('month')).toEqual(['1 甲 2', '2 丙 1', '3 乙 1']);
    expect(await ranking('realtime')).toEqual([]);
  });

  it('of this hour hold over the turn of the hour, and forget what is two hours old', async () => {
    const { clock, see, counter, compute, ranking } = await startWithBooks(open);
    see({ 甲: 1 });
    await counter.flush();
    await compute();
    clock.advance(61 * minuteMs);
    expect(await ranking('realtime')).toEqual(['1 甲 1']);
    await compute();
    expect(await ranking('realtime')).toEqual(['1 甲 1']);
    clock.advance(60 * minuteMs);
    await compute();
    expect(await ranking('realtime')).toEqual([]);
  });

  it('of newcomers forget a book 30 days after its first chapter', async () => {
    const { clock, see, counter, compute, ranking } = await startWithBooks(open);
    clock.advance(30 * dayMs - 2_500);
    see({ 甲: 9, 乙: 1, 丙: 1 });
    await counter.flush();
    await compute();
    expect(await ranking('newbie')).toEqual(['1 丙 1', '2 乙 1']);
  });

  it('computed twice at once are one ranking', async () => {
    const { see, counter, compute, ranking } = await startWithBooks(open);
    see({ 甲: 1, 乙: 2 });
    await counter.flush();
    await Promise.all([compute(), compute(), compute()]);
    expect(await ranking('day')).toEqual(['1 乙 2', '2 甲 1']);
  });
});

describeEachEngine('views', (open) => {
  it('of many readers on two instances are all counted, by the category of the book', async () => {
    const store = await startWithBooks(open);
    const other = new BookViewCounter({
      ...{ db: store.db, clock: store.clock, log: pino({ level: 'silent' }) },
      ...{ metrics: bookstoreMetrics(new Metrics()), config: Value.Create(rankingConfig) },
    });
    for (let i = 0; i < 100; i++) {
      store.see({ 甲: 1, 乙: 1 });
      other.seen(store.ids.乙 as string);
      other.seen(store.ids.甲 as string);
      if (i % 20 === 0) void Promise.all([store.counter.flush(), other.flush()]);
    }
    await Promise.all([store.counter.close(), other.close()]);
    await store.compute();
    expect(await store.ranking('day')).toEqual(['1 乙 200', '2 甲 200']);
    expect(await store.counted('book_views_total')).toEqual([{ category: 'none', value: 200 }]);
  });

  it('of books that there are not, are not counted', async () => {
    const { see, counter, compute, ranking, counted } = await startWithBooks(open);
    see({ '01956e2f-5c00-7000-8000-000000000001': 3, 甲: 1 });
    await counter.flush();
    await compute();
    expect(await ranking('day')).toEqual(['1 甲 1']);
    expect(await counted('book_views_total')).toEqual([{ category: 'none', value: 1 }]);
  });

  it('wait while they cannot be written, up to the bound, and are written afterwards', async () => {
    const { db, see, ids, counter, compute, ranking, counted } = await startWithBooks(open, {
      viewsPendingMax: 2,
    });
    await closeShelves(db);
    see({ 甲: 2 });
    await counter.flush();
    see({ 甲: 1, 乙: 1, 丙: 5 });
    expect((await counter.health()).status).toBe('degraded');
    expect(await counted('book_views_uncounted_total')).toEqual([{ value: 5 }]);
    await openShelves(db);
    await counter.flush();
    expect((await counter.health()).status).toBe('healthy');
    await compute();
    expect(await ranking('day')).toEqual(['1 甲 3', '2 乙 1']);
    expect(Object.keys(ids)).toHaveLength((await countRows(db)).books);
  });

  it('that no ranking counts any more are removed', async () => {
    const { db, clock, see, counter, compute } = await startWithBooks(open);
    see({ 甲: 1 });
    await counter.flush();
    await compute();
    expect(await countRows(db)).toMatchObject({ hours: 1, days: 1 });
    clock.advance(2 * dayMs);
    await compute();
    expect(await countRows(db)).toMatchObject({ hours: 0, days: 1 });
    clock.advance(40 * dayMs);
    await compute();
    expect(await countRows(db)).toMatchObject({ hours: 0, days: 0 });
  });
});
