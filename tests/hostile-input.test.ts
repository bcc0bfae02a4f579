import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fill } from '../src/platform/errors/index.js';
import { type Route, templateOf } from '../src/platform/http/index.js';
import { newUser } from '../src/testing/factories.js';
import { startTestApp, type TestApp } from '../src/testing/test-app.js';

const hostileValues: readonly unknown[] = [
  null,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\ufeff',
  "'; drop table users; --",
  '../../etc/passwd',
  '{"$gt":""}',
  'urn:uuid:0193b6f2-7c1a-7d55-9f0e-2f6f3a6f8a11',
  '{0193b6f2-7c1a-7d55-9f0e-2f6f3a6f8a11}',
  '-1',
  '1e309',
  'x'.repeat(20_000),
  -1,
  1e308,
  0.1,
  true,
  [],
  {},
  [[[[[[]]]]]],
];

/** Ends the session that asks, so it is asked with nothing else. */
const endsSession = ['/auth/logout'];

/** Every route is asked hundreds of times. */
const timeoutMs = 240_000;

describe('whatever comes in, each route answers within its document and never with a fault of ours', {
  timeout: timeoutMs,
}, () => {
  let server: TestApp;
  let reader: string;
  let admin: string;

  beforeAll(async () => {
    server = await startTestApp({ set: { 'ai.textCharsMax': 2_000 } });
    reader = (await newUser(server.api)).token;
    admin = (await server.api.login('admin', server.passwordOf('admin'))).accessToken;
  });
  afterAll(() => server.close());

  const routes = () =>
    server.app.server.routes.filter(
      ({ access, path }) => access.kind !== 'control' && !endsSession.includes(path),
    );

  async function faultOf(route: Route, request: HostileRequest): Promise<string[]> {
    const params = { ...route.example?.params, ...request.params } as Record<string, string>;
    const path = fill(templateOf(route), params);
    const query = new URLSearchParams(request.query).toString();
    const { status } = await server.api.call(route.method, `/${query ? `${path}?${query}` : path}`, {
      // Whoever may not call a route is refused before anything is read.
      token: route.access.kind === 'permission' ? admin : reader,
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    });
    const what = JSON.stringify(request).slice(0, 120);
    return status >= 500 ? [`${route.method} ${templateOf(route)} ${what}: ${status}`] : [];
  }

  it('in the body', async () => {
    const faults: string[] = [];
    for (const route of routes()) {
      for (const body of hostileBodies(route.example?.body)) faults.push(...(await faultOf(route, { body })));
    }
    expect(faults).toEqual([]);
  });

  it('in the query', async () => {
    const faults: string[] = [];
    for (const route of routes()) {
      for (const name of [...Object.keys(route.query?.properties ?? {}), 'unknown']) {
        for (const text of hostileTexts())
          faults.push(...(await faultOf(route, { query: { [name]: text } })));
      }
    }
    expect(faults).toEqual([]);
  });

  it('in the path', async () => {
    const faults: string[] = [];
    for (const route of routes()) {
      for (const name of Object.keys(route.params?.properties ?? {})) {
        for (const text of hostileTexts()) {
          const value = encodeURIComponent(text.toWellFormed()).slice(0, 5_000) || '%00';
          faults.push(...(await faultOf(route, { params: { [name]: value } })));
        }
      }
    }
    expect(faults).toEqual([]);
  });
});

interface HostileRequest {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
}

/** Short enough for a request line. */
function hostileTexts(): string[] {
  return hostileValues.filter((value) => typeof value === 'string').map((text) => text.slice(0, 5_000));
}

/** The example with one value after the other replaced, and hostile values in its place. */
function hostileBodies(example: unknown): unknown[] {
  if (example === undefined) return [];
  const replaced = Object.keys(example as object).flatMap((key) =>
    hostileValues.map((value) => ({ ...(example as object), [key]: value })),
  );
  const added = hostileValues.map((value) => ({ ...(example as object), unknown: value }));
  return [...hostileValues, ...replaced, ...added];
}
