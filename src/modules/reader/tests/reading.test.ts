import { pino } from 'pino';
import { Value } from 'typebox/value';
import { describe, expect, it, vi } from 'vitest';
import { healthy } from '../../../platform/kernel/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { callerOf, routeServer } from '../../../testing/route-server.js';
import type { Books, ChapterOfBook } from '../../bookstore/index.js';
import { readerConfig } from '../reader.config.js';
import { readerMetrics } from '../reader.metrics.js';
import { noBenefits } from '../reader.port.js';
import { readerRoutes } from '../reader.routes.js';
import { type ReaderDeps, ReaderService } from '../reader.service.js';

const now = new Date('2025-03-01T08:00:00.000Z');
const text = '雨停的时候，天已经黑了。\n他把伞收起来，站在码头上。';
const freeId = '0198b3d0-2c42-7b21-9a4f-000000000001';
const paidId = '0198b3d0-2c42-7b21-9a4f-000000000004';
const futureId = '0198b3d0-2c42-7b21-9a4f-000000000005';
const unknownId = '0198b3d0-2c42-7b21-9a4f-000000000009';
const book = { title: '夜渡', authorId: 'author', authorName: '陈一', vipLibrary: true };

const paid: ChapterOfBook = {
  id: paidId,
  bookId: '0198b3d0-2c41-7a10-8f3e-5b6c7d8e9f01',
  number: 4,
  volume: undefined,
  title: '第四章 夜渡',
  wordCount: 24,
  access: 'paid',
  priceCoins: 7,
  publishedAt: now,
  version: 1,
  book,
};
const chapters = new Map<string, ChapterOfBook>([
  [paidId, paid],
  [freeId, { ...paid, id: freeId, number: 1, access: 'free', priceCoins: 0 }],
  [futureId, { ...paid, id: futureId, number: 5, publishedAt: new Date(now.getTime() + 1) }],
]);

function shelf() {
  return {
    chapter: vi.fn(async (id: string) => chapters.get(id)),
    chapterText: vi.fn(async (id: string) => (chapters.has(id) ? text : undefined)),
    chapterBeginning: vi.fn(async (_id: string, characters: number) => text.slice(0, characters)),
  } satisfies Books;
}

const reader = callerOf('reader');

async function start(overrides: Partial<ReaderDeps> = {}) {
  const books = shelf();
  const metrics = new Metrics();
  const service = new ReaderService({
    books,
    views: { seen: () => {} },
    clock: new FakeClock(now),
    ownership: { owns: async () => false },
    membership: { benefitsOf: async () => noBenefits },
    config: { ...Value.Create(readerConfig), previewCharacters: 6 },
    log: pino({ level: 'silent' }),
    metrics: readerMetrics(metrics),
    ...overrides,
  });
  const server = await routeServer({ routes: readerRoutes(service), metrics });
  const get = async (url: string, token?: string) => {
    const headers = { 'accept-language': 'en', ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await server.inject({ method: 'GET', url: `/api/v1${url}`, headers });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  };
  return { service, books, metrics, get };
}

describe('GET /chapters/{id}', () => {
  it('answers a free chapter to a guest, with ads', async () => {
    const { get } = await start();
    const answer = await get(`/chapters/${freeId}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(answer.body).toMatchObject({
      number: 1,
      text,
      why: 'free',
      ads: true,
      price: 0,
      book: { title: '夜渡' },
    });
  });

  it.each([
    [undefined, [{ way: 'sign-in' }, { way: 'purchase', price: 7 }, { way: 'vip-library' }]],
    ['reader', [{ way: 'purchase', price: 7 }, { way: 'vip-library' }]],
  ])(
    'answers a locked one to %s with price, ways and its beginning, never more of it',
    async (token, unlock) => {
      const { get, books } = await start();
      const { status, body } = await get(`/chapters/${paidId}`, token);
      expect(status).toBe(403);
      expect(body).toMatchObject({
        code: 'chapter-locked',
        price: 7,
        myPrice: 7,
        unlock,
        preview: '雨停的时候，',
      });
      expect(JSON.stringify(body)).not.toContain('天已经黑了');
      expect(books.chapterText).not.toHaveBeenCalled();
    },
  );

  it.each([
    ['author', 'author'],
    ['x:reviewer', 'staff'],
    ['x:operator', 'staff'],
    ['x:admin', 'staff'],
  ])('answers a locked one to %s, because %s', async (token, why) => {
    const { get } = await start();
    expect(await get(`/chapters/${paidId}`, token)).toMatchObject({ status: 200, body: { text, why } });
  });

  it('answers what was bought, and without ads where the membership says so', async () => {
    const { get } = await start({
      ownership: { owns: async (userId, chapterId) => userId === 'reader' && chapterId === paidId },
      membership: { benefitsOf: async () => ({ ...noBenefits, adFree: true }) },
    });
    expect((await get(`/chapters/${paidId}`, 'reader')).body).toMatchObject({ why: 'bought', ads: false });
    expect((await get(`/chapters/${paidId}`, 'other')).status).toBe(403);
    expect((await get(`/chapters/${paidId}`)).status).toBe(403);
  });

  it('prices a locked one for the member who asks', async () => {
    const { get } = await start({
      membership: { benefitsOf: async () => ({ ...noBenefits, chapterPricePercent: 80 }) },
    });
    const { body } = await get(`/chapters/${paidId}`, 'reader');
    expect(body).toMatchObject({
      price: 7,
      myPrice: 6,
      unlock: [{ way: 'purchase', price: 6 }, { way: 'vip-library' }],
    });
  });

  it.each([
    ['unknown', unknownId, 'author'],
    ['unpublished', futureId, 'reader'],
    ['unpublished', futureId, undefined],
  ])('says the same of an %s chapter as of none', async (_, id, token) => {
    const { get } = await start();
    for (const url of [`/chapters/${id}`, `/chapters/${id}/access`]) {
      expect(await get(url, token)).toMatchObject({ status: 404, body: { code: 'chapter-not-found' } });
    }
  });

  it('shows an unpublished one to its author', async () => {
    const { get } = await start();
    expect((await get(`/chapters/${futureId}`, 'author')).status).toBe(200);
  });

  it('refuses what is no id', async () => {
    const { get } = await start();
    expect(await get('/chapters/4')).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
  });
});

describe('GET /chapters/{id}/access', () => {
  it('answers the decision without reading the text', async () => {
    const { get, books } = await start();
    expect((await get(`/chapters/${freeId}/access`)).body).toEqual({ allowed: true, why: 'free' });
    expect((await get(`/chapters/${paidId}/access`, 'reader')).body).toEqual({
      allowed: false,
      price: 7,
      myPrice: 7,
      unlock: [{ way: 'purchase', price: 7 }, { way: 'vip-library' }],
    });
    expect(books.chapterText).not.toHaveBeenCalled();
  });
});

describe('when something that decides does not answer', () => {
  const down = async (): Promise<never> => {
    throw new Error('it does not answer');
  };

  it.each(['ownership', 'membership'] as const)(
    '%s: a paid chapter stays shut, a free one open',
    async (which) => {
      const broken =
        which === 'ownership' ? { ownership: { owns: down } } : { membership: { benefitsOf: down } };
      const { get, service } = await start(broken);
      expect((await get(`/chapters/${paidId}`, 'reader')).status).toBe(500);
      await expect(service.read(reader, paidId)).rejects.toThrow('it does not answer');
      expect((await get(`/chapters/${freeId}`, 'reader')).body).toMatchObject({ text, ads: true });
    },
  );

  it('the books: nothing is answered, and the service is unhealthy', async () => {
    const books = { ...shelf(), chapter: down };
    const { service } = await start({ books });
    await expect(service.read(reader, freeId)).rejects.toThrow('it does not answer');
    await expect(service.health()).rejects.toThrow('it does not answer');
    await expect(service.initialize()).rejects.toThrow('it does not answer');
  });
});

describe('the port for other modules', () => {
  it('gives the text or why not, and undefined where there is no such chapter', async () => {
    const { service } = await start();
    expect(await service.read(undefined, freeId)).toMatchObject({ allowed: true, why: 'free', text });
    const denied = await service.read(reader, paidId);
    expect(denied).toMatchObject({ allowed: false, priceCoins: 7, chapter: { id: paidId } });
    expect(denied).not.toHaveProperty('text');
    expect(await service.read(reader, unknownId)).toBeUndefined();
    expect(await service.read(reader, futureId)).toBeUndefined();
  });

  it('counts each read by its outcome', async () => {
    const { service, metrics } = await start();
    await service.read(undefined, freeId);
    await service.read(undefined, paidId);
    await service.read(reader, unknownId);
    const series = await metrics.registry.getSingleMetric('chapter_reads_total')?.get();
    expect(series?.values.map(({ labels, value }) => [labels.outcome, value])).toEqual([
      ['free', 1],
      ['locked', 1],
    ]);
  });

  it('is a healthy service while the books answer', async () => {
    const { service } = await start();
    await service.initialize();
    expect(await service.health()).toEqual(healthy);
    expect(await service.close()).toBeUndefined();
  });
});
