import { expect, it } from 'vitest';
import type { EventHandler } from '../../../platform/events/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { paragraph, startWithAuthor, type WithAuthor } from './author-actions.js';

const minuteMs = 60_000;
const published = 'bookstore.chapter-published';
const due = 'bookstore.chapter-due';

const inMinutes = ({ clock }: WithAuthor, minutes: number) =>
  new Date(clock.now().getTime() + minutes * minuteMs);

/** Delivers everything that is due, as the dispatcher would; again what was delivered before. */
async function deliverDue({ events, module, db, clock }: WithAuthor): Promise<void> {
  const handler = module.handlers[0] as Extract<EventHandler, { handle: unknown }>;
  for (const { payload, notBefore } of events.ofType(due)) {
    if (notBefore && notBefore > clock.now()) continue;
    const event = { id: 'e', type: due, aggregate: undefined, occurredAt: clock.now(), attempt: 1, payload };
    await db.withTransaction({ name: 'deliver' }, (tx) => handler.handle(tx, event));
  }
}

describeEachEngine('publishing', (open) => {
  it('shows the chapter at once, counts it, and tells of it once, however often it is asked for', async () => {
    const store = await startWithAuthor(open);
    const { write, publish, events, shown, book, clock } = store;
    const { id } = await write('一');
    await write('二');
    const answers = await Promise.all([publish(id), publish(id), publish(id)]);
    answers.push(await publish(id));
    expect(answers.map(({ status, body }) => [status, body.state])).toEqual(
      Array(4).fill([200, 'published']),
    );
    const now = clock.now().toISOString();
    expect(await shown()).toEqual({
      ...{ status: 200, chapterCount: 1, wordCount: paragraph.length, lastChapterAt: now },
      chapters: ['1 一'],
    });
    expect(events.ofType(published)).toEqual([
      {
        type: published,
        payload: { bookId: book.id, chapterId: id, number: 1, publishedAt: now },
        aggregate: `book ${book.id}`,
      },
    ]);
  });

  it('of many chapters at once counts each of them', async () => {
    const { write, publish, shown, events } = await startWithAuthor(open);
    const chapters = [];
    for (let i = 0; i < 8; i++) chapters.push(await write(`章${i}`));
    await Promise.all(chapters.map(({ id }) => publish(id)));
    expect(await shown()).toMatchObject({ chapterCount: 8, wordCount: 8 * paragraph.length });
    expect(events.ofType(published)).toHaveLength(8);
  });

  it('without a body is publishing now', async () => {
    const { write, as } = await startWithAuthor(open);
    const { id } = await write('一');
    expect((await as('POST', `/author/chapters/${id}/publish`)).body.state).toBe('published');
  });

  it('needs a text, and a moment that is one, not too far ahead', async () => {
    const store = await startWithAuthor(open);
    const empty = await store.write('一', ' ');
    expect((await store.publish(empty.id)).body.code).toBe('chapter-empty');
    const { id } = await store.write('二');
    const at = (publishAt: string) => store.as('POST', `/author/chapters/${id}/publish`, { publishAt });
    expect((await store.publish(id, inMinutes(store, 366 * 24 * 60))).body.code).toBe(
      'publish-moment-invalid',
    );
    expect((await at('2016-12-31T23:59:60Z')).body.code).toBe('publish-moment-invalid');
    expect((await at('yesterday')).status).toBe(400);
    expect((await at('2001-01-01T00:00:00Z')).body).toMatchObject({
      state: 'published',
      publishedAt: store.clock.now().toISOString(),
    });
  });

  it('at a moment: readers see the chapter from that very millisecond on, whatever else runs', async () => {
    const store = await startWithAuthor(open);
    const [one, two] = [await store.write('一'), await store.write('二')];
    const moment = inMinutes(store, 30);
    expect((await store.publish(one.id, moment)).body).toMatchObject({
      state: 'scheduled',
      publishedAt: moment.toISOString(),
    });
    await store.publish(two.id, inMinutes(store, 60));
    store.clock.set(moment.getTime() - 1);
    expect((await store.shown()).status).toBe(404);
    expect((await store.as('GET', `/author/books/${store.book.id}`)).body).toMatchObject({
      scheduledCount: 2,
    });
    store.clock.set(moment);
    expect(await store.shown()).toMatchObject({ status: 200, chapters: ['1 一'] });
    expect((await store.get('/books')).body.items).toHaveLength(1);
    expect(store.events.ofType(published)).toEqual([]);
  });

  it('at a moment is counted and told of when it comes, once, also when that is delivered twice', async () => {
    const store = await startWithAuthor(open);
    const { id } = await store.write('一');
    const moment = inMinutes(store, 30);
    await store.publish(id, moment);
    expect(store.events.ofType(due)).toMatchObject([{ notBefore: moment }]);
    store.clock.set(moment);
    await deliverDue(store);
    await deliverDue(store);
    expect(store.events.ofType(published)).toMatchObject([{ payload: { chapterId: id, number: 1 } }]);
    expect(await store.shown()).toMatchObject({ chapterCount: 1, lastChapterAt: moment.toISOString() });
  });

  it('that is withdrawn, or got another moment, is not told of at the old one', async () => {
    const store = await startWithAuthor(open);
    const [one, two] = [await store.write('一'), await store.write('二')];
    const [soon, later] = [inMinutes(store, 10), inMinutes(store, 20)];
    for (const { id } of [one, two]) await store.publish(id, soon);
    const withdraw = () => store.as('POST', `/author/chapters/${one.id}/withdraw`);
    expect((await withdraw()).body).toMatchObject({ state: 'draft', publishedAt: null });
    expect((await withdraw()).status).toBe(200);
    await store.publish(two.id, later);
    store.clock.set(soon);
    await deliverDue(store);
    expect(store.events.ofType(published)).toEqual([]);
    expect((await store.shown()).status).toBe(404);
    store.clock.set(later);
    await deliverDue(store);
    expect(store.events.ofType(published)).toMatchObject([{ payload: { chapterId: two.id } }]);
    expect(await store.shown()).toMatchObject({ chapterCount: 1, chapters: ['2 二'] });
  });

  it('now of a scheduled one is told of now, and not again at its moment', async () => {
    const store = await startWithAuthor(open);
    const { id } = await store.write('一');
    const moment = inMinutes(store, 10);
    await store.publish(id, moment);
    expect((await store.publish(id)).body.state).toBe('published');
    store.clock.set(moment);
    await deliverDue(store);
    expect(store.events.ofType(published)).toHaveLength(1);
    expect((await store.as('POST', `/author/chapters/${id}/withdraw`)).body.code).toBe('chapter-published');
    expect((await store.publish(id, inMinutes(store, 5))).body.code).toBe('chapter-published');
  });

  it('withdrawn at the moment it appears is either withdrawn or published, not both', async () => {
    const store = await startWithAuthor(open);
    const { id } = await store.write('一');
    await store.publish(id, inMinutes(store, 10));
    const [withdrawn, now] = await Promise.all([
      store.as('POST', `/author/chapters/${id}/withdraw`),
      store.publish(id),
    ]);
    expect(now.body.state).toBe('published');
    expect([200, 409]).toContain(withdrawn.status);
    expect(await store.shown()).toMatchObject({ chapterCount: 1 });
    expect(store.events.ofType(published)).toHaveLength(1);
  });
});
