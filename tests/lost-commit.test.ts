import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { templateOf } from '../src/platform/http/index.js';
import type { ApiClient } from '../src/testing/api-client.js';
import { createPostgresDatabase, testPostgresUrl } from '../src/testing/databases.js';
import { importForm, newUser, novel } from '../src/testing/factories.js';
import { FaultProxy } from '../src/testing/fault-proxy.js';
import { Mailbox } from '../src/testing/mailbox.js';
import { startTestApp } from '../src/testing/test-app.js';
import { accountWrites } from './lost-commit.accounts.js';
import { phoneWrites } from './lost-commit.phones.js';
import type { Inbox, WritingRoute } from './lost-commit.route.js';
import { walletSet, walletWrites } from './lost-commit.wallet.js';

const device = { id: 'phone-7f3a', class: 'mobile' };
const text = '雪落下来，山门外的灯笼一盏一盏亮了。';

async function sessionsOf(api: ApiClient, token: string): Promise<number> {
  return (await api.get('/auth/sessions', { token })).body.items.length;
}

/** An author with a book of one draft, and their addresses. */
async function newDraft(api: ApiClient) {
  const { token } = await newUser(api);
  const book = (await api.post('/author/books', { token, body: { title: '石头记' } })).body.id;
  const path = `/author/books/${book}`;
  const draft = await api.post(`${path}/chapters`, {
    token,
    body: { title: '第一回', text: '此开卷第一回也。' },
  });
  return { token, path, chapter: `/author/chapters/${draft.body.id}` };
}

const routes: Readonly<Record<string, WritingRoute>> = {
  ...accountWrites,
  ...phoneWrites,
  ...walletWrites,
  'POST /api/v1/auth/register': {
    statement: 'insert into "users"',
    inTransaction: true,
    again: { before: 201, after: 409 },
    async prepare({ api }) {
      const account = { username: 'lin_daiyu', password: 'zang-hua-yin-27' };
      return {
        ask: () => api.post('/auth/register', { body: account }),
        effects: async () => ((await api.login(account.username, account.password)).user.id ? 1 : 0),
      };
    },
  },
  'POST /api/v1/auth/login': {
    statement: 'insert into "sessions"',
    inTransaction: true,
    again: { before: 200, after: 200 },
    async prepare({ api }) {
      const { username: login, password, token } = await newUser(api);
      return {
        ask: () => api.post('/auth/login', { body: { login, password, device } }),
        // Besides the one that `newUser` opened.
        effects: async () => (await sessionsOf(api, token)) - 1,
      };
    },
  },
  'POST /api/v1/auth/refresh': {
    statement: 'update "sessions"',
    inTransaction: false,
    again: { before: 200, after: 200 },
    async prepare({ api }) {
      const { refreshToken } = await newUser(api);
      const refresh = (spent: string) => api.post('/auth/refresh', { body: { refreshToken: spent } });
      return {
        ask: () => refresh(refreshToken),
        // The successor is good for one more: had the token been spent twice, the session would be over.
        effects: async (again) => ((await refresh(again.body.refreshToken)).status === 200 ? 1 : 0),
      };
    },
  },
  'POST /api/v1/auth/logout': {
    statement: 'update "sessions"',
    inTransaction: true,
    again: { before: 204, after: 401 },
    async prepare({ api }) {
      const { token } = await newUser(api);
      return {
        ask: () => api.post('/auth/logout', { token }),
        effects: async () => ((await api.get('/auth/me', { token })).status === 401 ? 1 : 0),
      };
    },
  },
  'POST /api/v1/auth/logout-all': {
    statement: 'update "sessions"',
    inTransaction: true,
    again: { before: 200, after: 401 },
    async prepare({ api }) {
      const { token } = await newUser(api);
      return {
        ask: () => api.post('/auth/logout-all', { token, body: {} }),
        effects: async () => ((await api.get('/auth/me', { token })).status === 401 ? 1 : 0),
      };
    },
  },
  'PATCH /api/v1/auth/me': {
    statement: 'update "users"',
    inTransaction: true,
    again: { before: 200, after: 409 },
    async prepare({ api }) {
      const { token } = await newUser(api);
      return {
        ask: () => api.patch('/auth/me', { token, body: { nickname: '潇湘妃子', version: 1 } }),
        effects: async () => (await api.get('/auth/me', { token })).body.user.version - 1,
      };
    },
  },
  'DELETE /api/v1/auth/sessions/{id}': {
    statement: 'update "sessions"',
    inTransaction: true,
    again: { before: 204, after: 404 },
    async prepare({ api }) {
      const { username: login, password, token } = await newUser(api);
      const { body } = await api.post('/auth/login', { body: { login, password, device } });
      return {
        ask: () => api.delete(`/auth/sessions/${body.session.id}`, { token }),
        effects: async () => 2 - (await sessionsOf(api, token)),
      };
    },
  },
  'POST /api/v1/author/books/import': {
    statement: 'insert into "books"',
    inTransaction: true,
    again: { before: 201, after: 200 },
    async prepare({ api }) {
      const { token, userId } = await newUser(api);
      return {
        ask: () => api.post('/author/books/import', { token, form: importForm(novel(3)) }),
        effects: async () =>
          (await api.get('/books')).body.items.filter(
            ({ author }: { author: { id: string } }) => author.id === userId,
          ).length,
      };
    },
  },
  'POST /api/v1/author/books': {
    statement: 'insert into "books"',
    inTransaction: true,
    again: { before: 201, after: 201 },
    async prepare({ api }) {
      const { token } = await newUser(api);
      const headers = { 'idempotency-key': 'open-book' };
      return {
        ask: () => api.post('/author/books', { token, headers, body: { title: '石头记' } }),
        effects: async () => (await api.get('/author/books', { token })).body.items.length,
      };
    },
  },
  'PUT /api/v1/author/books/{id}': {
    statement: 'update "books"',
    inTransaction: true,
    again: { before: 200, after: 409 },
    async prepare({ api }) {
      const { token, path } = await newDraft(api);
      const book = () => api.get(path, { token });
      return {
        ask: () => api.put(path, { token, body: { title: '红楼梦', version: 1 } }),
        effects: async () => (await book()).body.version - 1,
      };
    },
  },
  'POST /api/v1/author/books/{id}/chapters': {
    statement: 'insert into "chapters"',
    inTransaction: true,
    again: { before: 201, after: 201 },
    async prepare({ api }) {
      const { token, path } = await newDraft(api);
      const headers = { 'idempotency-key': 'write-chapter' };
      return {
        ask: () => api.post(`${path}/chapters`, { token, headers, body: { title: '第二回' } }),
        // Besides the one that is there.
        effects: async () => (await api.get(`${path}/chapters`, { token })).body.items.length - 1,
      };
    },
  },
  'PUT /api/v1/author/chapters/{id}': {
    statement: 'update "chapters"',
    inTransaction: true,
    again: { before: 200, after: 409 },
    async prepare({ api }) {
      const { token, chapter } = await newDraft(api);
      return {
        ask: () => api.put(chapter, { token, body: { text: '改过的正文。', version: 1 } }),
        effects: async () => (await api.get(`${chapter}/revisions`, { token })).body.items.length,
      };
    },
  },
  'DELETE /api/v1/author/chapters/{id}': {
    statement: 'delete from "chapters"',
    inTransaction: true,
    again: { before: 204, after: 404 },
    async prepare({ api }) {
      const { token, path, chapter } = await newDraft(api);
      return {
        ask: () => api.delete(chapter, { token }),
        effects: async () => 1 - (await api.get(`${path}/chapters`, { token })).body.items.length,
      };
    },
  },
  'POST /api/v1/author/chapters/{id}/publish': {
    statement: 'update "chapters"',
    inTransaction: true,
    again: { before: 200, after: 200 },
    async prepare({ api }) {
      const { token, path, chapter } = await newDraft(api);
      return {
        ask: () => api.post(`${chapter}/publish`, { token, body: {} }),
        effects: async () => (await api.get(path, { token })).body.chapterCount,
      };
    },
  },
  'POST /api/v1/author/chapters/{id}/withdraw': {
    statement: 'update "chapters"',
    inTransaction: true,
    again: { before: 200, after: 200 },
    async prepare({ api }) {
      const { token, path, chapter } = await newDraft(api);
      const publishAt = new Date(Date.now() + 3_600_000).toISOString();
      await api.post(`${chapter}/publish`, { token, body: { publishAt } });
      return {
        ask: () => api.post(`${chapter}/withdraw`, { token }),
        effects: async () => (await api.get(path, { token })).body.draftCount,
      };
    },
  },
  'POST /api/v1/author/chapters/{id}/revisions/{version}/restore': {
    statement: 'update "chapters"',
    inTransaction: true,
    again: { before: 200, after: 409 },
    async prepare({ api }) {
      const { token, chapter } = await newDraft(api);
      await api.put(chapter, { token, body: { text: '改过的正文。', version: 1 } });
      return {
        ask: () => api.post(`${chapter}/revisions/1/restore`, { token, body: { version: 2 } }),
        effects: async () => (await api.get(`${chapter}/revisions`, { token })).body.items.length - 1,
      };
    },
  },
};

/** Asks the database again by itself, so the caller sees no failure. */
const healsItself = ['POST /api/v1/ai/continue'];
/** Takes a password in its body and writes nothing. */
const reads = ['POST /api/v1/auth/export'];

async function start() {
  const { url, drop } = await createPostgresDatabase();
  const proxy = await FaultProxy.start(url);
  // A statement that is prepared is sent by its name from the second time on, which nothing here would notice.
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-lost-commit-'));
  const set = {
    ...{ 'data.dir': folder, 'seed.demo': false, 'auth.phone.resendSeconds': 0 },
    ...walletSet,
    ...{ 'database.url': proxy.url, 'database.prepareStatements': false },
  };
  const test = await startTestApp({ set });
  onTestFinished(async () => {
    await test.close();
    await drop();
    await rm(folder, { recursive: true });
  });
  const inbox: Inbox = { mailbox: new Mailbox(folder), codes: () => codesIn(join(folder, 'sms')) };
  return { ...test, proxy, inbox };
}

async function codesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const messages = await Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
  return messages.map((message) => /^code: (\d{6})$/m.exec(message)?.[1] ?? '');
}

describe.skipIf(!testPostgresUrl)('a connection lost during a write (needs QINGYU_TEST_POSTGRES_URL)', () => {
  it.each(['before', 'after'] as const)(
    '%s it took effect: 503, and the same request again leaves the effect once, on every route that users write by',
    async (when) => {
      const { proxy, ...server } = await start();
      for (const [name, { statement, inTransaction, again, code: own, prepare }] of Object.entries(routes)) {
        const { ask, effects } = await prepare(server);
        proxy.cutAt = inTransaction
          ? { text: 'commit', when, following: statement }
          : { text: statement, when };
        const lost = await ask();
        const code = own ?? (inTransaction ? 'commit-outcome-unknown' : 'database-unavailable');
        expect([name, proxy.cutAt, lost.status, lost.body.code]).toEqual([name, undefined, 503, code]);
        const answer = await ask();
        expect([name, answer.status]).toEqual([name, again[when]]);
        expect([name, await effects(answer)]).toEqual([name, 1]);
      }
    },
  );

  it.each(['before', 'after'] as const)(
    '%s it took effect: a continuation is written all the same, and charged once',
    async (when) => {
      const { api, proxy } = await start();
      const { token } = await newUser(api);
      proxy.cutAt = { text: 'commit', when, following: 'quota_reservations' };
      const { status, body } = await api.post('/ai/continue', { token, body: { text, maxTokens: 32 } });
      expect([status, proxy.cutAt]).toEqual([200, undefined]);
      const quota = (await api.get('/ai/quota', { token })).body;
      expect([quota.used, quota.reserved]).toEqual([body.usage.chargedTokens, 0]);
    },
  );

  it('is tried on all of them', async () => {
    const { app } = await start();
    const written = app.server.routes
      .filter(({ method, access }) => method !== 'GET' && !['control', 'permission'].includes(access.kind))
      .map((route) => `${route.method} ${templateOf(route)}`);
    expect(written.sort()).toEqual([...Object.keys(routes), ...healsItself, ...reads].sort());
  });
});
