import { expect, it, onTestFinished } from 'vitest';
import { newUser } from '../src/testing/factories.js';
import { startTestApp } from '../src/testing/test-app.js';

it('a scheduled chapter appears at its moment and is counted by the event that comes with it', async () => {
  const { api, close } = await startTestApp({ set: { 'seed.demo': false } });
  onTestFinished(close);
  const { token } = await newUser(api);
  const book = (await api.post('/author/books', { token, body: { title: '石头记' } })).body.id;
  const chapter = { title: '第一回', text: '此开卷第一回也。' };
  const { id } = (await api.post(`/author/books/${book}/chapters`, { token, body: chapter })).body;
  const publishAt = new Date(Date.now() + 1_500);
  await api.post(`/author/chapters/${id}/publish`, { token, body: { publishAt: publishAt.toISOString() } });
  expect((await api.get(`/chapters/${id}`)).status).toBe(404);
  expect((await api.get(`/books/${book}`)).status).toBe(404);
  await expect.poll(async () => (await api.get(`/chapters/${id}`)).status, { timeout: 10_000 }).toBe(200);
  expect(Date.now()).toBeGreaterThanOrEqual(publishAt.getTime());
  const count = async () => (await api.get(`/books/${book}`)).body.chapterCount;
  await expect.poll(count, { timeout: 10_000 }).toBe(1);
});
