import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Database } from '../../../platform/database/index.js';
import { startTestApp, type TestApp } from '../../../testing/test-app.js';
import { clearDeadLetters, insertDeadLetters, readStates } from './dead-letters.repository.js';

let server: TestApp;
let database: Database;
let token: string;

beforeAll(async () => {
  server = await startTestApp();
  const given = server.app.platform.given.find(({ port }) => port.name === Database.name);
  database = given?.implementation as Database;
  token = (await server.api.login('admin', server.passwordOf('admin'))).accessToken;
});
beforeEach(async () => {
  await clearDeadLetters(database);
  await insertDeadLetters(database, [
    { handler: 'first-mail', event: 'test.happened', aggregate: 'user 1' },
    { handler: 'second-mail', event: 'test.happened' },
    { handler: 'first-mail', event: 'test.ended' },
  ]);
});
afterAll(() => server.close());

const list = async (query = '') => (await server.api.get(`/admin/dead-letters${query}`, { token })).body;
const replay = (id: string) => server.api.post(`/admin/dead-letters/${id}/replay`, { token });

it('dead letters tell what was given up and why, latest first, and never what the event carried', async () => {
  const page = await list();
  expect(page.items).toMatchObject([
    { event: 'test.ended', handler: 'first-mail', aggregate: null },
    { event: 'test.happened', handler: 'second-mail', aggregate: null },
    { event: 'test.happened', handler: 'first-mail', aggregate: 'user 1' },
  ]);
  expect(page.items[0]).toMatchObject({
    ...{ attempts: 10, lastError: 'Error: broken' },
    ...{ occurredAt: '2026-11-01T00:00:00.000Z', failedAt: '2026-11-02T00:00:00.000Z' },
  });
  expect(JSON.stringify(page)).not.toContain('pl4nted');
});

it('dead letters are listed page by page, by handler and by event, each once', async () => {
  const first = await list('?limit=2');
  const second = await list(`?limit=2&cursor=${first.nextCursor}`);
  expect([first.items.length, second.items.length, second.nextCursor]).toEqual([2, 1, null]);
  const whole = await list();
  expect([...first.items, ...second.items]).toEqual(whole.items);
  expect((await list('?handler=first-mail')).items).toHaveLength(2);
  expect((await list('?event=test.happened')).items).toHaveLength(2);
  expect((await list('?handler=first-mail&event=test.happened')).items).toHaveLength(1);
  expect((await list('?handler=nobody')).items).toEqual([]);
});

it('a dead letter is replayed once: pending again with all its attempts, then 404', async () => {
  const [, , oldest] = (await list()).items;
  const answers = await Promise.all([replay(oldest.id), replay(oldest.id)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
  expect(await readStates(database)).toMatchObject([{ state: 'ready', attempts: 0 }, {}, {}]);
  expect((await list()).items).toHaveLength(2);
  expect((await replay(oldest.id)).status).toBe(404);
  expect((await replay('999999-first-mail')).status).toBe(404);
});

it('a replay leaves one audit record, also when it is asked for twice', async () => {
  const [newest] = (await list()).items;
  await Promise.all([replay(newest.id), replay(newest.id)]);
  const query = `action=system.dead-letter-replayed&targetId=${newest.id}`;
  const { body } = await server.api.get(`/admin/audit-logs?${query}`, { token });
  expect(body.items).toMatchObject([
    { actor: { kind: 'user', address: '127.0.0.1' }, target: { type: 'dead-letter', id: newest.id } },
  ]);
});

it('reading them needs system.read, replaying them system.manage', async () => {
  const account = { username: 'curious', password: 'a-Long-passw0rd' };
  await server.api.post('/auth/register', { body: account });
  const { accessToken } = await server.api.login(account.username, account.password);
  const answers = [
    await server.api.get('/admin/dead-letters', { token: accessToken }),
    await server.api.post('/admin/dead-letters/1-first-mail/replay', { token: accessToken }),
  ];
  expect(answers.map(({ status, body }) => [status, body.detail.match(/system\.\w+/)?.[0]])).toEqual([
    [403, 'system.read'],
    [403, 'system.manage'],
  ]);
});

it.each(['nonsense', '1-', '-1-first-mail', '1-First', '1-a%27%20or%20true', `${'9'.repeat(16)}-a`])(
  'what is no id of a dead letter is refused: %s',
  async (id) => expect((await replay(id)).status).toBe(400),
);
