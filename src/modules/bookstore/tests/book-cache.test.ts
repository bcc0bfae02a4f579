import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { CacheService, cacheConfig } from '../../../platform/cache/index.js';
import { sectionDefaults } from '../../../platform/config/index.js';
import type { Database } from '../../../platform/database/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import type { Redis } from '../../../platform/redis/index.js';
import { describePostgres } from '../../../testing/databases.js';
import { BookCache } from '../book-cache.js';
import { BookstoreService } from '../bookstore.service.js';
import { filePart, startBookstore } from './bookstore-harness.js';
import { publishAt, retitle } from './rows.repository.js';

describePostgres('the cache of the bookstore', (open) => {
  it('answers books and chapters as they are after each change, and shows them from their moment on', async () => {
    const { db, clock, user, upload } = await startBookstore(open);
    const service = new CacheService({
      redis: { configured: false, subscribe: () => () => {} } as unknown as Redis,
      // Of one process alone, which tells nobody.
      database: { engine: 'pglite' } as Database,
      ...{ clock, metrics: new Metrics(), log: pino({ level: 'silent' }) },
      instance: { name: 'test' },
      findOrigin: async () => 'test',
      config: sectionDefaults(cacheConfig, {}),
    });
    await service.initialize();
    onTestFinished(() => service.close());
    const cache = new BookCache(service, db);
    const books = new BookstoreService({ db, clock, cache });
    const text = '第一章 雪\n雪落下来。\n第二章 灯\n灯笼亮了。';
    const { body } = await upload(await user('lin_daiyu'), [filePart(text)]);
    const [chapter] = await books.listChapters(body.bookId, { afterNumber: 0, limit: 1 });
    const chapterId = chapter?.id as string;
    const titles = async () => [
      (await books.get(body.bookId)).title,
      (await books.chapter(chapterId))?.book.title,
    ];
    await titles();
    await retitle(db, cache, body.bookId, '山门外');
    expect(await titles()).toEqual(['山门外', '山门外']);

    await publishAt(db, body.bookId, new Date(clock.now().getTime() + 1_000));
    await db.withTransaction({ name: 'publish' }, (tx) => cache.changed(tx, [body.bookId]));
    await expect(books.get(body.bookId)).rejects.toMatchObject({ code: 'book-not-found' });
    clock.advance(1_000);
    expect((await books.get(body.bookId)).title).toBe('山门外');
    const { reads } = service.report().namespaces[0] ?? {};
    expect(reads?.memory.hit).toBeGreaterThan(0);
  });
});
