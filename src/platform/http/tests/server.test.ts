import { connect } from 'node:net';
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { controlToken, okResponse, serve } from '../../../testing/test-server.js';
import { access, defineRoute, type Route } from '../index.js';

const plain = {
  method: 'GET',
  summary: 'A test',
  responses: okResponse,
  handler: () => ({ ok: true }),
} as const;
const Body = Type.Object({
  name: Type.String({ minLength: 2 }),
  count: Type.Optional(Type.Integer({ minimum: 0 })),
  device: Type.Optional(Type.Object({ id: Type.String() })),
});
const posting = defineRoute({
  ...plain,
  method: 'POST',
  path: '/things',
  access: access.public,
  body: Body,
  example: { body: { name: 'ab' } },
});

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${url}/api/v1/things`, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

describe('access', () => {
  const route = (path: string, who: Route['access']) => defineRoute({ ...plain, path, access: who });

  it('decides each request by its declaration: 401 unknown, 403 not allowed', async () => {
    const { url } = await serve([
      route('/public', access.public),
      route('/guest', access.guest),
      route('/user', access.user),
      route('/staff', access.permission('user.read')),
    ]);
    const status = async (path: string, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await fetch(`${url}/api/v1${path}`, { headers })).status;
    };
    expect([
      await status('/public'),
      await status('/guest'),
      await status('/user'),
      await status('/staff'),
    ]).toEqual([200, 200, 401, 401]);
    expect([
      await status('/public', 'bad'),
      await status('/guest', 'bad'),
      await status('/user', 'bad'),
    ]).toEqual([200, 401, 401]);
    expect([
      await status('/user', 'u:'),
      await status('/staff', 'u:'),
      await status('/staff', 'u:review.*'),
    ]).toEqual([200, 403, 403]);
    expect([
      await status('/staff', 'u:user.read'),
      await status('/staff', 'u:user.*'),
      await status('/staff', 'u:*'),
    ]).toEqual([200, 200, 200]);
  });

  it.each(['Basic dTpw', 'Bearer', 'Bearer a b', 'bearer  x', ''])(
    'takes "%s" for no guest',
    async (authorization) => {
      const { url } = await serve([route('/guest', access.guest)]);
      expect((await fetch(`${url}/api/v1/guest`, { headers: { authorization } })).status).toBe(401);
    },
  );

  it('shows control routes to nobody without the token of this process', async () => {
    const { url } = await serve([route('/control', access.control)]);
    const ask = (authorization?: string) =>
      fetch(`${url}/api/v1/control`, { headers: authorization ? { authorization } : {} });
    expect((await ask()).status).toBe(404);
    expect((await ask(`Bearer ${controlToken}x`)).status).toBe(404);
    expect((await ask(`Bearer ${controlToken}`)).status).toBe(200);
  });

  it('refuses a body only after the caller is known, so that strangers cost nothing', async () => {
    const guarded = defineRoute({ ...posting, access: access.user } as Route);
    const { url } = await serve([guarded]);
    expect((await post(url, '{"name":')).status).toBe(401);
  });
});

describe('input', () => {
  it('names every value that is not as expected, in the language of the reader', async () => {
    const { url } = await serve([posting]);
    const send = async (language: string) => {
      const body = { name: 'a', count: -1, extra: 1, device: { id: 'x', admin: true } };
      const answer = await post(url, body, { 'accept-language': language });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      return (await answer.json()) as {
        code: string;
        title: string;
        errors: { path: string; message: string }[];
      };
    };
    const english = await send('fr, en;q=0.8, zh;q=0.1');
    expect(english.code).toBe('invalid-input');
    expect(english.errors.map(({ path }) => path).sort()).toEqual([
      'body.count',
      'body.device.admin',
      'body.extra',
      'body.name',
    ]);
    const chinese = await send('zh-TW');
    expect(chinese.title).toBe('请求内容不正确');
    expect(chinese.errors.some(({ message }) => message.includes('不应'))).toBe(true);
  });

  it('keeps the types of a body: a number in quotes is no number', async () => {
    const { url } = await serve([posting]);
    expect((await post(url, { name: 'ab', count: '3' })).status).toBe(400);
    expect((await post(url, { name: 'ab', count: 3 })).status).toBe(200);
  });

  it.each([
    ['{"name":', 400, 'malformed-body'],
    ['', 400, 'malformed-body'],
    ['{"__proto__":{"x":1},"name":"ab"}', 400, 'malformed-body'],
    [`{"name":"${'x'.repeat(300_000)}"}`, 413, 'body-too-large'],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400, 'invalid-input'],
  ])('refuses a hostile body with one clear problem (%#)', async (body, status, code) => {
    const { url } = await serve([posting]);
    const answer = await post(url, body);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
  });

  it('refuses another content type, an unknown path and another method, saying what there is', async () => {
    const { url } = await serve([posting]);
    const code = async (answer: Response) => [
      answer.status,
      ((await answer.json()) as { code: string }).code,
    ];
    expect(await code(await post(url, 'a=1', { 'content-type': 'text/csv' }))).toEqual([
      415,
      'unsupported-media-type',
    ]);
    expect(await code(await fetch(`${url}/nowhere`))).toEqual([404, 'not-found']);
    const wrong = await fetch(`${url}/api/v1/things`, { method: 'DELETE' });
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await code(wrong)).toEqual([405, 'method-not-allowed']);
  });

  it.each([
    [`/api/v1/things/${'x'.repeat(300)}`, 414, 'address-too-long'],
    ['/api/v1/things/%zz', 400, 'address-malformed'],
  ])('refuses an address that cannot be read (%#)', async (path, status, code) => {
    const byId = { ...plain, path: '/things/{id}', params: Type.Object({ id: Type.String() }) };
    const { url } = await serve([
      defineRoute({ ...byId, access: access.public, example: { params: { id: 'a' } } }),
    ]);
    const answer = await fetch(url + path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('problem'),
    ]);
    expect(((await answer.json()) as { code: string }).code).toBe(code);
  });

  it('refuses U+0000 wherever it stands, which the database could not keep', async () => {
    const { url } = await serve([posting]);
    const answer = await post(url, { name: 'ab', device: { id: 'a\u0000b' } });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { errors: unknown[] }).errors).toMatchObject([
      { path: 'body.device.id' },
    ]);
  });

  it('answers 431 to headers beyond the limit and 400 to what is no HTTP', async () => {
    const { fastify } = await serve([posting]);
    const { port } = fastify.server.address() as { port: number };
    const raw = (text: string) =>
      new Promise<string>((resolve, reject) => {
        let answer = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(text));
        socket
          .on('data', (chunk) => (answer += chunk))
          .on('close', () => resolve(answer))
          .on('error', reject);
      });
    expect(await raw('NONSENSE\r\n\r\n')).toContain('400 Bad Request');
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toContain('431');
  });
});

describe('answers', () => {
  it('show nothing of an unexpected error but an id under which it is logged', async () => {
    const failing = defineRoute({
      ...plain,
      path: '/fails',
      access: access.public,
      handler: () => {
        throw new Error('select * from users where password = secret-text');
      },
    });
    const { url, lines } = await serve([failing]);
    const answer = await fetch(`${url}/api/v1/fails`);
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(text).not.toContain('secret-text');
    const { requestId, traceId } = JSON.parse(text) as Record<string, string>;
    const logged = lines().find((line) => line.msg === 'request raised an error');
    expect(logged).toMatchObject({ requestId, traceId });
    expect(JSON.stringify(logged)).toContain('secret-text');
  });

  it('carry the request id of the client if it is harmless, else one of ours; log lines carry one trace', async () => {
    const route = defineRoute({ ...plain, path: '/p', access: access.public });
    const { url, lines } = await serve([route]);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const given = await fetch(`${url}/api/v1/p`, {
      headers: { 'x-request-id': 'order-12345678', traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    expect(given.headers.get('x-request-id')).toBe('order-12345678');
    const odd = await fetch(`${url}/api/v1/p`, { headers: { 'x-request-id': 'bad id"' } });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(lines()[0]).toMatchObject({
      msg: 'request',
      requestId: 'order-12345678',
      traceId,
      route: '/api/v1/p',
    });
  });

  it('carry security headers, and CORS only for listed origins', async () => {
    const route = defineRoute({ ...plain, path: '/p', access: access.public });
    const { url } = await serve([route], { corsOrigins: ['https://novel.example'] });
    const from = (origin: string) => fetch(`${url}/api/v1/p`, { headers: { origin } });
    const allowed = await from('https://novel.example');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://novel.example');
    expect((await from('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    expect(allowed.headers.get('x-content-type-options')).toBe('nosniff');
    expect(allowed.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it.each(['GET', 'POST'] as const)(
    'give up a handler of %s that takes too long, and tell it so',
    async (method) => {
      let aborted = false;
      const slow = defineRoute({
        ...(method === 'POST' ? posting : plain),
        path: '/things',
        access: access.public,
        handler: ({ abandoned }) =>
          new Promise(() => {
            abandoned.addEventListener('abort', () => {
              aborted = true;
            });
          }),
      } as Route);
      const { url } = await serve([slow], { handlerTimeoutMs: 50 });
      const answer =
        method === 'POST' ? await post(url, { name: 'ab' }) : await fetch(`${url}/api/v1/things`);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        503,
        'took-too-long',
      ]);
      expect(aborted).toBe(true);
    },
  );

  it('tell a handler when its client leaves, and not when the body has been read', async () => {
    const seen: string[] = [];
    let arrived = () => {};
    const running = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let left = () => {};
    const gone = new Promise<void>((resolve) => {
      left = resolve;
    });
    const waiting = defineRoute({
      ...posting,
      handler: async (request: { abandoned: AbortSignal }) => {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(request.abandoned.aborted ? 'too early' : 'running');
        request.abandoned.addEventListener('abort', left);
        arrived();
        await gone;
        return { ok: true };
      },
    } as unknown as Route);
    const { url } = await serve([waiting]);
    const leaving = new AbortController();
    const asked = fetch(`${url}/api/v1/things`, {
      method: 'POST',
      body: '{"name":"ab"}',
      headers: { 'content-type': 'application/json' },
      signal: leaving.signal,
    });
    await running;
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await gone;
    expect(seen).toEqual(['running']);
  });

  it('tell clients to leave the connection during a drain, without refusing them', async () => {
    const route = defineRoute({ ...plain, path: '/p', access: access.public });
    const server = await serve([route]);
    expect((await fetch(`${server.url}/api/v1/p`)).headers.get('connection')).toBe('keep-alive');
    server.drain();
    const draining = await fetch(`${server.url}/api/v1/p`);
    expect([draining.status, draining.headers.get('connection')]).toEqual([200, 'close']);
  });
});

describe('metrics', () => {
  it('count by route template; 10 000 unmatched paths add no series', async () => {
    const route = defineRoute({
      ...plain,
      path: '/things/{id}',
      params: Type.Object({ id: Type.String() }),
      example: { params: { id: 'a' } },
      access: access.public,
    });
    const { fastify, url, metrics } = await serve([route]);
    await fetch(`${url}/api/v1/things/1`);
    await fetch(`${url}/api/v1/things/2`);
    await fastify.inject('/unmatched');
    const text = await metrics.registry.metrics();
    expect(text).toContain('http_requests_total{method="GET",route="/api/v1/things/{id}",status="200"} 2');
    for (let i = 0; i < 10_000; i++) await fastify.inject(`/unmatched/${i}`);
    const seriesOf = (page: string) =>
      page.split('\n').filter((line) => line && !line.startsWith('#')).length;
    expect(seriesOf(await metrics.registry.metrics())).toBe(seriesOf(text));
  });
});

describe('a declaration that is incomplete fails the boot', () => {
  it.each<[string, Partial<Route>]>([
    ['no access', { access: undefined as never }],
    ['no summary', { summary: '' }],
    ['its params schema lacks "id"', { path: '/things/{id}' }],
    ['a body but no example', { method: 'POST', body: Body }],
    ['has no example', { responses: { 200: { description: 'x', schema: Body } } }],
    ['neither a schema nor a media type', { responses: { 200: { description: 'x' } } }],
    ['is not in the path', { access: access.owner('id') }],
    ['declares no response', { responses: {} }],
  ])('%s', async (message, broken) => {
    const route = {
      ...defineRoute({ ...plain, path: '/things', access: access.public }),
      ...broken,
    } as Route;
    await expect(serve([route])).rejects.toThrow(message);
  });
});
