import type { Database } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { findBooks } from '../book.repository.js';
import type { Book } from '../bookstore.port.js';
import { countersKeptFrom, oldestStart, periodStart, type RankingPeriod } from './period.domain.js';
import type { RankingConfig } from './ranking.config.js';
import { findRanking, replaceRanking } from './ranking.repository.js';
import { removeOldViews } from './view.repository.js';

export interface RankedBook {
  readonly place: number;
  readonly score: number;
  readonly book: Book;
}

export interface Ranking {
  readonly startsAt: Date;
  /** Undefined: not computed since the period began, so it is empty. */
  readonly computedAt: Date | undefined;
  readonly books: readonly RankedBook[];
}

const dayMs = 24 * 3_600_000;

export class Rankings {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #config: RankingConfig;

  constructor({ db, clock, config }: { db: Database; clock: Clock; config: RankingConfig }) {
    this.#db = db;
    this.#clock = clock;
    this.#config = config;
  }

  /** Computes these rankings anew and removes counters that are in none any more; idempotent. */
  async compute(periods: readonly RankingPeriod[], signal: AbortSignal): Promise<void> {
    const { placesMax, newbieDays } = this.#config;
    for (const period of periods) {
      if (signal.aborted) return;
      const now = this.#clock.now();
      const publishedFrom = new Date(now.getTime() - newbieDays * dayMs);
      const query = { period, now, placesMax, publishedFrom, startsAt: periodStart(period, now) };
      await this.#db.withTransaction({ name: 'compute-ranking' }, (tx) => replaceRanking(tx, query));
    }
    const kept = countersKeptFrom(this.#clock.now());
    await this.#db.withTransaction({ name: 'remove-old-views' }, (tx) => removeOldViews(tx, kept));
  }

  /** The ranking that holds now: that of a day, week or month is over with its last millisecond. */
  async of(period: RankingPeriod, limit: number): Promise<Ranking> {
    const now = this.#clock.now();
    const found = await findRanking(this.#db, { period, limit, startsFrom: oldestStart(period, now) });
    if (!found) return { startsAt: periodStart(period, now), computedAt: undefined, books: [] };
    const { startsAt, computedAt, places } = found;
    if (places.length === 0) return { startsAt, computedAt, books: [] };
    const shown = await findBooks(
      this.#db,
      places.map(({ bookId }) => bookId),
    );
    const books = new Map(shown.map((book) => [book.id, book]));
    const ranked = places.flatMap(({ place, bookId, score }) => {
      const book = books.get(bookId);
      return book && book.publishedAt <= now ? [{ place, score, book }] : [];
    });
    return { startsAt, computedAt, books: ranked };
  }
}
