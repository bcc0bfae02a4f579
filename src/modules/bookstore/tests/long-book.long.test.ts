import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { novel } from '../../../testing/factories.js';
import { filePart, startBookstore } from './bookstore-harness.js';

const chapters = 5_000;
const asked = 200;

function percentile99(timesMs: readonly number[]): number {
  return [...timesMs].sort((a, b) => a - b)[Math.ceil(timesMs.length * 0.99) - 1] ?? Number.POSITIVE_INFINITY;
}

describeEachEngine('a book of 5 000 chapters', (open) => {
  it('answers any page of its list within 50 ms (p99), to readers and to its author', async () => {
    const store = await startBookstore(open);
    const user = await store.user('cao_xueqin');
    const { bookId } = (await store.upload(user, [filePart(novel(chapters, 20))])).body;
    for (const list of [`/books/${bookId}/chapters`, `/author/books/${bookId}/chapters`]) {
      const timesMs: number[] = [];
      for (let i = 0; i < asked; i++) {
        const after = Math.floor((i / asked) * chapters);
        const cursor = Buffer.from(`[${after}]`).toString('base64url');
        // The best of three: neighbours on the machine disturb one, not each of them.
        let bestMs = Number.POSITIVE_INFINITY;
        for (let attempt = 0; attempt < 3; attempt++) {
          const startMs = performance.now();
          const { body } = await store.call('GET', `${list}?limit=100&cursor=${cursor}`, { user });
          bestMs = Math.min(bestMs, performance.now() - startMs);
          expect(body.items[0].number).toBe(after + 1);
        }
        timesMs.push(bestMs);
      }
      expect(percentile99(timesMs), list).toBeLessThan(50);
    }
  });

  it('takes, publishes and moves a chapter within 250 ms', async () => {
    const store = await startBookstore(open);
    const user = await store.user('cao_xueqin');
    const { bookId } = (await store.upload(user, [filePart(novel(chapters, 20))])).body;
    const timed = async (work: () => Promise<{ status: number; body: { id: string } }>) => {
      const startMs = performance.now();
      const { status, body } = await work();
      expect([status < 300, performance.now() - startMs < 250]).toEqual([true, true]);
      return body.id;
    };
    const write = (title: string) =>
      timed(() =>
        store.call('POST', `/author/books/${bookId}/chapters`, { user, body: { title, text: '正文' } }),
      );
    const [one, two] = [await write('甲'), await write('乙')];
    await timed(() =>
      store.call('PUT', `/author/chapters/${two}`, { user, body: { number: chapters + 1, version: 1 } }),
    );
    await timed(() => store.call('POST', `/author/chapters/${one}/publish`, { user, body: {} }));
    const { body } = await store.get(`/books/${bookId}`);
    expect(body).toMatchObject({ chapterCount: chapters + 1, wordCount: chapters * 20 + 2 });
  });
});
