import type { Database } from '../../../platform/database/index.js';
import { type BaseService, type Clock, type Health, healthy } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { BookstoreMetrics } from '../bookstore.metrics.js';
import type { BookViews } from '../bookstore.port.js';
import { dayStart, hourStart } from './period.domain.js';
import type { RankingConfig } from './ranking.config.js';
import { addViews, categoriesOf, type Views } from './view.repository.js';

interface CounterDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: RankingConfig;
  readonly log: Logger;
  readonly metrics: BookstoreMetrics;
}

const booksPerTransaction = 1_000;
const withoutCategory = 'none';

/**
 * Counts views in memory and writes them in batches. Of a lost connection in a commit they may be counted twice, of a
 * killed process those since the last write are lost: a ranking bears that, and no reader waits for it.
 */
export class BookViewCounter implements BookViews, BaseService {
  readonly name = 'book-views';
  readonly version = '1.0.0';
  readonly #deps: CounterDeps;
  /** Views by hour and book. */
  #pending = new Map<string, Views>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #open = false;

  constructor(deps: CounterDeps) {
    this.#deps = deps;
  }

  async initialize(): Promise<void> {
    this.#open = true;
    if (this.#pending.size > 0) this.#schedule();
  }

  async health(): Promise<Health> {
    const { viewsPendingMax } = this.#deps.config;
    if (this.#pending.size < viewsPendingMax) return healthy;
    return {
      status: 'degraded',
      detail: `views of ${viewsPendingMax} books wait to be written; further ones are not counted`,
    };
  }

  /** Writes what waits; what cannot be written is lost. */
  async close(): Promise<void> {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.flush();
  }

  seen(bookId: string): void {
    const { clock, config, metrics } = this.#deps;
    const now = clock.now();
    const hour = hourStart(now);
    const key = `${hour.getTime()} ${bookId}`;
    const { views = 0 } = this.#pending.get(key) ?? {};
    if (views === 0 && this.#pending.size >= config.viewsPendingMax) {
      metrics.viewsUncounted.inc();
      return;
    }
    this.#pending.set(key, { bookId, hourStart: hour, dayStart: dayStart(now), views: views + 1 });
    this.#schedule();
  }

  /** Resolves when what was seen before is written, or was put back because it could not be. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  /** Sleeps while nothing waits. */
  #schedule(): void {
    if (this.#timer || !this.#open) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, this.#deps.config.viewsFlushSeconds * 1_000);
    this.#timer.unref();
  }

  async #write(): Promise<void> {
    const taken = [...this.#pending.values()];
    this.#pending = new Map();
    for (let at = 0; at < taken.length; at += booksPerTransaction) {
      try {
        await this.#writeBatch(taken.slice(at, at + booksPerTransaction));
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'views of books could not be written and wait on');
        this.#putBack(taken.slice(at));
        return;
      }
    }
  }

  async #writeBatch(batch: readonly Views[]): Promise<void> {
    const { db, metrics } = this.#deps;
    const counted = await db.withTransaction({ name: 'count-views' }, async (tx) => {
      const ids = [...new Set(batch.map(({ bookId }) => bookId))];
      const categories = await categoriesOf(tx, ids);
      const known = batch.filter(({ bookId }) => categories.has(bookId));
      if (known.length > 0) await addViews(tx, known);
      return known.map(({ bookId, views }) => ({
        views,
        category: categories.get(bookId) || withoutCategory,
      }));
    });
    for (const { category, views } of counted) metrics.views.inc({ category }, views);
  }

  #putBack(views: readonly Views[]): void {
    for (const one of views) {
      const key = `${one.hourStart.getTime()} ${one.bookId}`;
      const later = this.#pending.get(key)?.views ?? 0;
      if (later === 0 && this.#pending.size >= this.#deps.config.viewsPendingMax) {
        this.#deps.metrics.viewsUncounted.inc(one.views);
      } else this.#pending.set(key, { ...one, views: one.views + later });
    }
    if (this.#pending.size > 0) this.#schedule();
  }
}
