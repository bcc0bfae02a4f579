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
import { shortLivedNode } from '../src/testing/short-lived-node.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const novel = join(root, '../shared/data/hongloumeng.txt');
const novelIsThere = existsSync(novel);
const password = 'a-Long-passw0rd';

interface Listed {
  items: { id: string; number: number; access: string }[];
}

/** A new user's way through the built server, which runs in a process of its own. */
class Journey {
  server!: ServerProcess;
  api!: ApiClient;
  token = '';
  bookId: string | undefined;
  chapters: Listed['items'] = [];
  folder = '';
  readonly #openDatabase: OpenDatabase;
  #database: Awaited<ReturnType<OpenDatabase>>;

  constructor(openDatabase: OpenDatabase) {
    this.#openDatabase = openDatabase;
  }

  get environment(): Record<string, string> {
    return this.#database ? { DATABASE_URL: this.#database.url } : {};
  }

  async begin(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'qingyu-first-path-'));
    this.#database = await this.#openDatabase();
    await this.start();
  }

  async start(): Promise<void> {
    this.server = await ServerProcess.start({ dataDir: this.folder, env: this.environment });
    const document = (await (await fetch(`${this.server.url}/openapi.json`)).json()) as Record<
      string,
      unknown
    >;
    this.api = new ApiClient(this.server.url, new DocumentCheck(document));
  }

  async finish(): Promise<void> {
    await this.server?.end('SIGKILL');
    await this.#database?.drop();
    await rm(this.folder, { recursive: true, force: true });
  }

  chapter(number: number): string {
    return (this.chapters.find((chapter) => chapter.number === number) as { id: string }).id;
  }

  async quota(): Promise<{ used: number; available: number }> {
    return (await this.api.get('/ai/quota', { token: this.token })).body;
  }

  async chargedTokensCounted(): Promise<number> {
    const page = (await this.api.get('//metrics')).body as string;
    const series = page.matchAll(/^ai_tokens_total\{[^}]*kind="charged"[^}]*\} (\S+)$/gm);
    return [...series].reduce((sum, match) => sum + Number(match[1]), 0);
  }
}

type OpenDatabase = () => Promise<{ url: string; drop: () => Promise<void> } | undefined>;

function arrives(journey: Journey): void {
  it('is shown the first passwords once, and they open the accounts', async () => {
    const { server, api } = journey;
    for (const username of ['admin', 'demo_author', 'demo_reader']) {
      const shown = server.firstPassword(username);
      expect((await api.login(username, shown)).user.id).toBeTruthy();
      expect(server.stdout).not.toContain(shown);
    }
  });

  it.skipIf(!novelIsThere)(
    'imports 120 chapters of a classic novel by the command line (needs ../shared)',
    async () => {
      const { folder, environment } = journey;
      const args = [
        ...shortLivedNode,
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
        env: { ...process.env, ...environment },
      });
      const result = JSON.parse(stdout) as { bookId: string; chapters: number };
      expect(result.chapters).toBe(120);
      journey.bookId = result.bookId;
    },
  );

  it('registers, signs in, and finds the chapters', async () => {
    const { api } = journey;
    expect((await api.post('/auth/register', { body: { username: 'new_reader', password } })).status).toBe(
      201,
    );
    journey.token = (await api.login('new_reader', password)).accessToken;
    journey.bookId ??= (await api.get('/books')).body.items[0].id as string;
    journey.chapters = (await api.get(`/books/${journey.bookId}/chapters?limit=100`)).body.items;
    expect(journey.chapters.length).toBeGreaterThanOrEqual(5);
  });
}

function reads(journey: Journey): void {
  it('reads chapter 3 as a guest and is refused chapter 5 with its price and a way to unlock it', async () => {
    const { api, token } = journey;
    const free = await api.get(`/chapters/${journey.chapter(3)}`);
    expect(free.status).toBe(200);
    expect(free.body.text.length).toBeGreaterThan(500);
    const locked = await api.get(`/chapters/${journey.chapter(5)}`, { token });
    expect([locked.status, locked.body.code]).toEqual([403, 'chapter-locked']);
    expect(locked.body.price).toBeGreaterThan(0);
    expect(JSON.stringify(locked.body).length).toBeLessThan(4_000);
  });
}

function writes(journey: Journey): void {
  const text = '灯下无人，只有风声。';

  it('streams a continuation and takes exactly the charged tokens from the quota', async () => {
    const { api, token } = journey;
    expect(await journey.quota()).toMatchObject({ granted: 10_000, available: 10_000, used: 0, reserved: 0 });
    const counted = await journey.chargedTokensCounted();

    const body = { text, chapterId: journey.chapter(3), maxTokens: 120, stream: true };
    const events = await api.stream('/ai/continue', { token, body });
    const done = events.at(-1) as SentEvent;
    expect([events[0]?.event, done.event]).toEqual(['start', 'done']);
    const streamed = events.filter(({ event }) => event === 'delta').map(({ data }) => data.text);
    expect(streamed.length).toBeGreaterThan(1);
    expect(streamed.join('')).toBe(done.data.content);

    const { chargedTokens } = done.data.usage;
    expect(chargedTokens).toBeGreaterThan(0);
    expect(await journey.quota()).toMatchObject({ used: chargedTokens, available: 10_000 - chargedTokens });
    expect(done.data.quota.remaining).toBe(10_000 - chargedTokens);
    expect(await journey.chargedTokensCounted()).toBe(counted + chargedTokens);
  });

  it('is charged alike when the answer comes plainly', async () => {
    const before = await journey.quota();
    const answer = await journey.api.post('/ai/continue', {
      token: journey.token,
      body: { text, maxTokens: 60 },
    });
    expect(answer.status).toBe(200);
    expect((await journey.quota()).available).toBe(before.available - answer.body.usage.chargedTokens);
  });

  it('leaves log lines that carry the trace of their request, and no secret', async () => {
    const { api, token, server } = journey;
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await api.get('/auth/me', { token, headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
    const traced = () => server.logLines().filter((line) => line.traceId === traceId);
    await expect.poll(() => traced().length).toBeGreaterThan(0);
    const requests = server.logLines().filter((line) => line.msg === 'request');
    expect(
      requests.every((line) => typeof line.traceId === 'string' && typeof line.requestId === 'string'),
    ).toBe(true);
    expect(server.stdout).not.toContain(password);
    expect(server.stdout).not.toContain(token);
  });
}

function returns(journey: Journey, runsOn: string): void {
  it('ends with 0 on SIGTERM, and everything is still there after a restart', async () => {
    const before = await journey.quota();
    expect(await journey.server.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await journey.start();
    const { api, token, server } = journey;
    expect(server.stderr).toContain(runsOn);
    expect(server.stderr).not.toContain('shown this once');
    expect(await journey.quota()).toEqual(before);
    expect((await api.get(`/chapters/${journey.chapter(3)}`)).status).toBe(200);
    expect((await api.post('/auth/logout', { token })).status).toBe(204);
    const dead = await api.get('/auth/me', { token });
    expect([dead.status, dead.body.code]).toEqual([401, 'session-logged-out']);
  });
}

function walk(runsOn: string, openDatabase: OpenDatabase): void {
  const journey = new Journey(openDatabase);
  beforeAll(() => journey.begin());
  afterAll(() => journey.finish());
  arrives(journey);
  reads(journey);
  writes(journey);
  returns(journey, runsOn);
}

describe('the first path on PGlite', () => walk('embedded PostgreSQL', async () => undefined));

describe.skipIf(!testPostgresUrl)('the first path on PostgreSQL (needs QINGYU_TEST_POSTGRES_URL)', () =>
  walk('PostgreSQL, as database.url', () => createPostgresDatabase()),
);
