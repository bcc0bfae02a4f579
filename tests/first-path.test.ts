import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient, type SentEvent } from '../src/testing/api-client.js';
import { createPostgresDatabase, testPostgresUrl } from '../src/testing/databases.js';
import { DocumentCheck } from '../src/testing/document-check.js';
import { ServerProcess } from '../src/testing/server-process.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const novel = join(root, '../shared/data/hongloumeng.txt');
const novelIsThere = existsSync(novel);
const password = 'a-Long-passw0rd';

interface Listed {
  items: { id: string; number: number; access: string }[];
}

/** What a new user does first, against the built server in a process of its own. */
function firstPath(
  engine: string,
  openDatabase: () => Promise<{ url: string; drop: () => Promise<void> } | undefined>,
) {
  let folder: string;
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let server: ServerProcess;
  let api: ApiClient;
  let token: string;
  let bookId: string;
  let chapters: Listed['items'];

  const start = async () => {
    server = await ServerProcess.start({ dataDir: folder, env: environment() });
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    api = new ApiClient(server.url, new DocumentCheck(document as Record<string, unknown>));
  };
  const environment = (): Record<string, string> => (database ? { DATABASE_URL: database.url } : {});
  const metric = async (pattern: RegExp): Promise<number> => {
    const page = (await api.get('//metrics')).body as string;
    return [...page.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
  };
  const chapterNumber = (number: number) =>
    chapters.find((chapter) => chapter.number === number) as { id: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingyu-first-path-'));
    database = await openDatabase();
    await start();
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows the first passwords once, and they open the accounts', async () => {
    for (const username of ['admin', 'demo_author', 'demo_reader']) {
      const shown = server.firstPassword(username);
      expect((await api.login(username, shown)).user.id).toBeTruthy();
      expect(server.stdout).not.toContain(shown);
    }
  });

  it.skipIf(!novelIsThere)(
    'imports 120 chapters of a classic novel by the command line (needs ../shared)',
    async () => {
      const args = [
        'bin/qingyu.mjs',
        'import-book',
        novel,
        '--author',
        'demo_author',
        '--data',
        folder,
        '--json',
      ];
      const { stdout } = await run(process.execPath, args, {
        cwd: root,
        env: { ...process.env, ...environment() },
      });
      const result = JSON.parse(stdout) as { bookId: string; chapters: number };
      expect(result.chapters).toBe(120);
      bookId = result.bookId;
    },
  );

  it('registers, signs in, and finds the chapters', async () => {
    expect((await api.post('/auth/register', { body: { username: 'new_reader', password } })).status).toBe(
      201,
    );
    token = (await api.login('new_reader', password)).accessToken;
    bookId ??= (await api.get('/books')).body.items[0].id;
    chapters = (await api.get(`/books/${bookId}/chapters?limit=100`)).body.items;
    expect(chapters.length).toBeGreaterThanOrEqual(5);
  });

  it('reads chapter 3 as a guest and is refused chapter 5 with its price and a way to unlock it', async () => {
    const free = await api.get(`/chapters/${chapterNumber(3).id}`);
    expect(free.status).toBe(200);
    expect(free.body.text.length).toBeGreaterThan(500);
    const locked = await api.get(`/chapters/${chapterNumber(5).id}`, { token });
    expect([locked.status, locked.body.code]).toEqual([403, 'chapter-locked']);
    expect(locked.body.price).toBeGreaterThan(0);
    expect(JSON.stringify(locked.body).length).toBeLessThan(4_000);
  });

  it('streams a continuation and takes exactly the charged tokens from the quota', async () => {
    const before = (await api.get('/ai/quota', { token })).body;
    expect(before).toMatchObject({
      granted: 10_000,
      available: 10_000,
      used: 0,
      reserved: 0,
      unlimited: false,
    });
    const charged = await metric(/^ai_tokens_total\{[^}]*kind="charged"[^}]*\} (\S+)$/gm);

    const body = {
      text: '灯下无人，只有风声。',
      chapterId: chapterNumber(3).id,
      maxTokens: 120,
      stream: true,
    };
    const events: SentEvent[] = await api.stream('/ai/continue', { token, body });
    const done = events.at(-1) as SentEvent;
    expect([events[0]?.event, done.event]).toEqual(['start', 'done']);
    const streamed = events.filter(({ event }) => event === 'delta').map(({ data }) => data.text);
    expect(streamed.length).toBeGreaterThan(1);
    expect(streamed.join('')).toBe(done.data.content);

    const after = (await api.get('/ai/quota', { token })).body;
    expect(done.data.usage.chargedTokens).toBeGreaterThan(0);
    expect(after.used).toBe(done.data.usage.chargedTokens);
    expect(after.available).toBe(10_000 - done.data.usage.chargedTokens);
    expect(done.data.quota.remaining).toBe(after.available);
    expect(await metric(/^ai_tokens_total\{[^}]*kind="charged"[^}]*\} (\S+)$/gm)).toBe(
      charged + done.data.usage.chargedTokens,
    );
  });

  it('charges the same call alike when it is answered plainly', async () => {
    const before = (await api.get('/ai/quota', { token })).body.available;
    const body = { text: '灯下无人，只有风声。', maxTokens: 60 };
    const answer = await api.post('/ai/continue', { token, body });
    expect(answer.status).toBe(200);
    expect((await api.get('/ai/quota', { token })).body.available).toBe(
      before - answer.body.usage.chargedTokens,
    );
  });

  it('writes log lines that carry the trace of their request', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await api.get('/auth/me', { token, headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
    await expect
      .poll(() => server.logLines().filter((line) => line.traceId === traceId).length)
      .toBeGreaterThan(0);
    const inRequests = server.logLines().filter((line) => line.msg === 'request');
    expect(
      inRequests.every((line) => typeof line.traceId === 'string' && typeof line.requestId === 'string'),
    ).toBe(true);
    expect(server.stdout).not.toContain(password);
    expect(server.stdout).not.toContain(token);
  });

  it('ends with 0 on SIGTERM, and everything is still there after a restart', async () => {
    const before = (await api.get('/ai/quota', { token })).body;
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await start();
    expect(server.stderr).not.toContain('shown this once');
    expect((await api.get('/ai/quota', { token })).body).toEqual(before);
    expect((await api.get(`/chapters/${chapterNumber(3).id}`)).status).toBe(200);
    expect((await api.post('/auth/logout', { token })).status).toBe(204);
    const dead = await api.get('/auth/me', { token });
    expect([dead.status, dead.body.code]).toEqual([401, 'session-logged-out']);
  });

  it(`says what it runs on: ${engine}`, () => {
    expect(server.stderr).toContain(engine);
  });
}

describe('the first path on PGlite', () => firstPath('embedded PostgreSQL', async () => undefined));

if (testPostgresUrl === undefined) {
  describe.skip('the first path on PostgreSQL (QINGYU_TEST_POSTGRES_URL is not set)', () => {
    firstPath('PostgreSQL', async () => undefined);
  });
} else {
  describe('the first path on PostgreSQL', () =>
    firstPath('PostgreSQL, as database.url', () => createPostgresDatabase()));
}
