import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database, tables } from '../src/platform/database/index.js';
import { createPostgresDatabase, describePostgres } from '../src/testing/databases.js';
import { runAppCommand, runOn, startTestApp, type TestApp } from '../src/testing/test-app.js';

const password = 'zang-hua-yin-27';
const novel = [
  '第一章 雨夜',
  '　　雨下了一夜。“谁在那里？”',
  '第二章 天明',
  '　　天亮的时候，雨停了。',
  '',
].join('\n');
const users = ['lin_daiyu', 'xue_baochai'];

/** What users see of an installation, and what must be the same after a move. */
async function viewOf({ api }: TestApp, token: string) {
  const books = (await api.get('/books?limit=50')).body.items as { id: string }[];
  const texts: unknown[] = [];
  for (const { id } of books) {
    const chapters = (await api.get(`/books/${id}/chapters?limit=100`)).body.items as { id: string }[];
    for (const chapter of chapters) {
      const { requestId, traceId, ...text } = (await api.get(`/chapters/${chapter.id}`, { token })).body;
      texts.push(text);
    }
  }
  const { body: quota } = await api.get('/ai/quota', { token });
  const { body: journal } = await api.get('/ai/quota/transactions', { token });
  return { books, texts, quota, journal: journal.items };
}

/** Written by an instance for itself, all the time; and what a restore makes anew: the epoch of the chain, the origin of caches. */
const ownLife = ['leases', 'jobs', 'seals', 'seal_chains', 'cache_origin', 'cache_invalidations'];

/** A digest of each row of each table, in an order of their own. */
async function rowsOf({ app }: TestApp): Promise<Record<string, string[]>> {
  const db = app.platform.given.find(({ port }) => port === Database)?.implementation as Database;
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables
    where schemaname = 'public' and tablename not like 'schema%' order by 1`.execute(tables(db));
  const digests: Record<string, string[]> = {};
  for (const { name } of rows.filter((row) => !ownLife.includes(row.name))) {
    const { rows: found } = await sql<{ digest: string }>`
      select md5(t::text) as digest from ${sql.id(name)} t order by 1`.execute(tables(db));
    digests[name] = found.map(({ digest }) => digest);
  }
  return digests;
}

describePostgres('an installation that moves from the embedded database to a server', () => {
  let folder: string;
  let embedded: TestApp;
  let server: { url: string; drop: () => Promise<void> };
  let moved: TestApp;
  let tokens: Record<string, { accessToken: string; refreshToken: string }>;
  let before: Awaited<ReturnType<typeof viewOf>>;
  let rowsBefore: Record<string, string[]>;
  let restored: Record<string, unknown>;
  let refused: Error;
  const backupPath = () => join(folder, 'moved.backup');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingyu-move-'));
    const data = join(folder, 'data');
    embedded = await startTestApp({ set: { 'data.dir': data } });
    await useIt();
    await runOn(embedded.app, 'backup', { file: backupPath() });
    rowsBefore = await rowsOf(embedded);
    server = await createPostgresDatabase();
    const set = { 'data.dir': join(folder, 'other'), 'database.url': server.url };
    refused = await runAppCommand(set, 'restore', { file: backupPath() }).then(
      () => new Error('it was restored without its key'),
      (error: Error) => error,
    );
    const key = (await readFile(join(data, 'secrets.key'), 'utf8')).trim();
    const withKey = { ...set, 'secrets.key': key };
    restored = await runAppCommand(withKey, 'restore', { file: backupPath() });
    moved = await startTestApp({ set: withKey });
  });

  afterAll(async () => {
    await moved?.close();
    await embedded?.close();
    await server?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function useIt(): Promise<void> {
    const { api, passwordOf } = embedded;
    tokens = {};
    for (const username of users) {
      await api.post('/auth/register', { body: { username, password } });
      tokens[username] = await api.login(username, password);
    }
    const token = (await api.login('demo_author', passwordOf('demo_author'))).accessToken;
    const form = new FormData();
    form.set('file', new Blob([novel]), '雨.txt');
    expect((await api.post('/author/books/import', { token, form })).status).toBe(201);
    const body = { text: '灯下无人，只有风声。', maxTokens: 24 };
    const reader = tokens[users[0] as string]?.accessToken;
    expect((await api.post('/ai/continue', { token: reader, body })).status).toBe(200);
    before = await viewOf(embedded, reader as string);
    expect(before.quota.used).toBeGreaterThan(0);
  }

  it('is told which key its secrets need, before anything is changed', () => {
    expect(refused).toMatchObject({ code: 'backup-key-missing' });
    expect(refused.message).not.toContain('restored without');
  });

  it('has every row of every table, and one more: the record of the restore', async () => {
    const [header = ''] = gunzipSync(await readFile(backupPath()))
      .toString()
      .split('\n');
    expect(JSON.parse(header)).toMatchObject({ engine: 'pglite', application: '0.0.0-test' });
    expect(restored).toMatchObject({ engine: 'pglite', migrated: [] });
    expect(Object.keys(rowsBefore).length).toBeGreaterThan(10);
    const { audit_records: recordsBefore = [], ...others } = rowsBefore;
    const { audit_records: records = [], ...othersMoved } = await rowsOf(moved);
    expect(othersMoved).toEqual(others);
    expect(records).toHaveLength(recordsBefore.length + 1);
    expect(records).toEqual(expect.arrayContaining(recordsBefore));
  });

  it('has an audit log that goes on and is whole', async () => {
    expect(await runOn(moved.app, 'verify', {})).toMatchObject({ ok: true });
  });

  it('knows its users by their passwords, and their refresh tokens go on', async () => {
    expect(moved.app.firstAccounts).toEqual([]);
    for (const username of users) {
      expect((await moved.api.login(username, password)).user.id).toBeTruthy();
      const refreshToken = tokens[username]?.refreshToken;
      const answer = await moved.api.post('/auth/refresh', { body: { refreshToken } });
      expect(answer.status).toBe(200);
    }
    const admin = await moved.api.login('admin', embedded.passwordOf('admin'));
    expect((await moved.api.get('/admin/system/services', { token: admin.accessToken })).body.status).toBe(
      'ready',
    );
  });

  it('shows the same books, texts and quota to an access token of before', async () => {
    const token = tokens[users[0] as string]?.accessToken as string;
    expect(await viewOf(moved, token)).toEqual(before);
  });

  it('is not restored over again: it has users now', async () => {
    const set = {
      'data.dir': join(folder, 'third'),
      'database.url': server.url,
      'secrets.key': await keyOf(),
    };
    await expect(runAppCommand(set, 'restore', { file: backupPath() })).rejects.toMatchObject({
      code: 'restore-target-in-use',
    });
    await expect(runOn(embedded.app, 'restore', { file: backupPath() })).rejects.toMatchObject({
      code: 'restore-target-in-use',
    });
  });

  const keyOf = async () => (await readFile(join(folder, 'data', 'secrets.key'), 'utf8')).trim();
});
