import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEvents } from '../src/testing/api-client.js';
import { prepareData } from '../src/testing/prepared-data.js';
import { ServerProcess } from '../src/testing/server-process.js';

const clients = 200;
const pollEveryMs = 100;
/** Slow enough to be still running at a stop, quick enough to end within its limit. */
const slowDemo = JSON.stringify([{ name: 'demo', kind: 'demo', tokensPerSecond: 20 }]);

describe('a stop', () => {
  const prepared = prepareData();
  let folder: string;
  let server: ServerProcess;
  let token: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingyu-stop-'));
  });
  afterEach(async () => {
    await server.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  async function start(...set: string[]): Promise<void> {
    const args = set.flatMap((assignment) => ['--set', assignment]);
    await prepared.copyTo(folder);
    server = await ServerProcess.start({ dataDir: folder, args });
    const answer = await post('/auth/login', {
      login: 'demo_reader',
      password: prepared.firstPassword('demo_reader'),
    });
    token = ((await answer.json()) as { accessToken: string }).accessToken;
  }

  function post(path: string, body: unknown): Promise<Response> {
    const authorization = token ? { authorization: `Bearer ${token}` } : {};
    return fetch(`${server.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify(body),
    });
  }

  it(`answers every request that ${clients} clients of a balancer began before it`, async () => {
    await start('http.drainPauseMs=5000', 'http.rateLimitEnabled=false');
    const agent = new Agent({ keepAlive: true, maxSockets: clients * 2 });
    const balanced = Array.from({ length: clients }, () => balancedClient(server.url, agent));
    await expect.poll(() => balanced.every(({ seen }) => seen.answered >= 2), { timeout: 60_000 }).toBe(true);
    const stopped = server.end('SIGTERM');
    const outcomes = await Promise.all(balanced.map(({ done }) => done));
    agent.destroy();
    expect(outcomes.filter(({ failures }) => failures.length > 0)).toEqual([]);
    expect(outcomes.every(({ told }) => told)).toBe(true);
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  it('finishes a plain call that runs, and ends a stream with what it produced, charged', async () => {
    await start(`ai.providers=${slowDemo}`, 'http.streamDeadlineMs=1000');
    const body = { text: '灯笼一盏一盏亮了，她没有答。', maxTokens: 400 };
    const stream = await post('/ai/continue', { ...body, stream: true });
    const plain = post('/ai/continue', body);
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
    let text = new TextDecoder().decode((await reader.read()).value);
    const stopped = server.end('SIGTERM');
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += new TextDecoder().decode(part.value);
    }
    const last = parseEvents(text).at(-1);
    expect(last?.event).toBe('done');
    expect(last?.data.usage.chargedTokens).toBeGreaterThan(0);
    expect((await plain).status).toBeLessThan(504);
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  it('flips readiness at once, stays alive and keeps serving during the pause', async () => {
    await start('http.drainPauseMs=3000');
    const stopped = server.end('SIGTERM');
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(503);
    expect(((await (await fetch(`${server.url}/readyz`)).json()) as { status: string }).status).toBe(
      'draining',
    );
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const books = await fetch(`${server.url}/api/v1/books`);
    expect([books.status, books.headers.get('connection')]).toEqual([200, 'close']);
    expect((await stopped).code).toBe(0);
  });

  it('takes a second signal within 2 s for the same one, and a later one for an order', async () => {
    await start('http.drainPauseMs=20000');
    server.child.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(503);
    server.child.kill('SIGINT');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const startMs = performance.now();
    // The order must come 2 s after the first signal: this waits for the clock, not for the server.
    const insist = setInterval(() => server.child.kill('SIGTERM'), 500);
    const { code } = await server.exited;
    clearInterval(insist);
    expect(code).toBe(1);
    expect(performance.now() - startMs).toBeLessThan(15_000);
  });
});

interface Outcome {
  answered: number;
  /** It was told by readiness to stop. */
  told: boolean;
  failures: string[];
}

/** Asks /readyz every 100 ms and starts nothing once that is not 200, as a balancer would. */
function balancedClient(url: string, agent: Agent): { seen: Outcome; done: Promise<Outcome> } {
  const seen: Outcome = { answered: 0, told: false, failures: [] };
  const run = async () => {
    for (;;) {
      const roundMs = performance.now();
      if ((await get(`${url}/readyz`, agent)) !== 200) {
        seen.told = true;
        return seen;
      }
      const status = await get(`${url}/api/v1/books?limit=1`, agent);
      if (status === 200) seen.answered += 1;
      else seen.failures.push(`status ${status}`);
      const restMs = pollEveryMs - (performance.now() - roundMs);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  };
  const done = run().catch((error: Error) => {
    seen.failures.push(error.message);
    return seen;
  });
  return { seen, done };
}

function get(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (response) => {
      response
        .resume()
        .on('end', () => resolve(response.statusCode ?? 0))
        .on('error', reject);
    });
    sent.on('error', reject).end();
  });
}
