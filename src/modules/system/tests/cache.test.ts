import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../../testing/test-app.js';

let server: TestApp;
let token: string;

beforeAll(async () => {
  server = await startTestApp();
  token = (await server.api.login('admin', server.passwordOf('admin'))).accessToken;
});
afterAll(() => server.close());

const read = async () => (await server.api.get('/admin/system/cache', { token })).body;
const books = async () => (await read()).items.find(({ name }: { name: string }) => name === 'books');
const clear = (query = '') => server.api.delete(`/admin/system/cache${query}`, { token });
const records = async () =>
  (await server.api.get('/admin/audit-logs?action=system.cache-cleared', { token })).body.items;

it('the caches tell what they hold and what came of each read', async () => {
  const [book] = (await server.api.get('/books')).body.items;
  const before = await books();
  for (const _ of [1, 2, 3]) expect((await server.api.get(`/books/${book.id}`)).status).toBe(200);
  const after = await books();
  expect(await read()).toMatchObject({ redis: 'not-configured', changesBy: 'none', loadsRunning: 0 });
  expect(after.entries).toBeGreaterThan(0);
  const known = ({ reads }: typeof after) => reads.memory.hit + reads.source.hit;
  expect(known(after) - known(before)).toBe(3);
  expect(after.reads.memory.hit - before.reads.memory.hit).toBeGreaterThanOrEqual(2);
  expect(after.hitRate).toBeGreaterThan(0);
  const page = (await server.api.get('//metrics')).body as string;
  expect(page).toMatch(/cache_requests_total\{namespace="books",tier="memory",outcome="hit"\} [2-9]/);
  expect(page).toMatch(/cache_entries\{namespace="books"\} [1-9]/);
  expect(page).toMatch(/cache_load_duration_seconds_count\{namespace="books"\} [1-9]/);
});

it('a cache is emptied for an operator, and the audit log says by whom', async () => {
  const [book] = (await server.api.get('/books')).body.items;
  await server.api.get(`/books/${book.id}`);
  const before = (await records()).length;
  expect((await clear('?namespace=books')).status).toBe(204);
  expect((await books()).entries).toBe(0);
  expect((await server.api.get(`/books/${book.id}`)).status).toBe(200);
  expect((await clear()).status).toBe(204);
  expect((await books()).entries).toBe(0);
  const [all, one] = await records();
  expect((await records()).length).toBe(before + 2);
  expect(one).toMatchObject({ actor: { kind: 'user' }, target: { type: 'cache', id: 'books' } });
  expect(all).toMatchObject({ target: { type: 'cache', id: 'all' } });
});

it('one that there is not is 404 and leaves no record; an impossible name is 400', async () => {
  const before = (await records()).length;
  const missing = await clear('?namespace=nobody');
  expect([missing.status, missing.body.code]).toEqual([404, 'not-found']);
  const impossible = await clear('?namespace=No%20Body');
  expect([impossible.status, impossible.body.code]).toEqual([400, 'invalid-input']);
  expect((await records()).length).toBe(before);
});
