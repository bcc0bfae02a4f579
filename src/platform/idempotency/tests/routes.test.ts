import { connect } from 'node:net';
import Type from 'typebox';
import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { serve } from '../../../testing/test-server.js';
import { access, defineRoute, openApiDocument, type Route } from '../../http/index.js';
import { addEffect, effectsOf, migrations } from './effects.repository.js';
import { requestOf, serviceOn } from './fixture.js';

const Gift = Type.Object({ coins: Type.Integer(), note: Type.Optional(Type.String()) });

function giftRoute(): Route {
  return defineRoute({
    method: 'POST',
    path: '/gifts/{to}',
    access: access.user,
    summary: 'Give',
    idempotent: true,
    params: Type.Object({ to: Type.String() }),
    body: Gift,
    example: { params: { to: 'reader' }, body: { coins: 5 } },
    responses: { 201: { description: 'Given', schema: Gift, example: { coins: 5 } } },
    handler: ({ once, body, params }) =>
      once.transaction({ name: 'give' }, async (tx) => {
        await addEffect(tx, `${params.to} ${body.coins}`);
        return { note: `${params.to} 羽`, coins: body.coins };
      }),
  });
}

describeEachEngine('a route that takes an Idempotency-Key', (open) => {
  async function start() {
    const database = await open({ migrations });
    const { url } = await serve([giftRoute()], {}, { idempotency: serviceOn(database) });
    const give = async (
      key: string | undefined,
      { to = 'reader', body = '{"coins":5}', user = 'ada' } = {},
    ) => {
      const response = await fetch(`${url}/api/v1/gifts/${to}`, {
        method: 'POST',
        body,
        headers: {
          authorization: `Bearer ${user}:`,
          'content-type': 'application/json',
          'accept-language': 'en',
          ...(key !== undefined && { 'idempotency-key': key }),
        },
      });
      return {
        status: response.status,
        replayed: response.headers.get('idempotency-replayed'),
        text: await response.text(),
      };
    };
    return { database, url, give };
  }

  test('answers a repetition with the same bytes and status, and says that it is one', async () => {
    const { database, give } = await start();
    const first = await give('k-1');
    expect(first).toEqual({ status: 201, replayed: null, text: '{"coins":5,"note":"reader 羽"}' });
    const spaced = { body: '{ "coins": 5 }' };
    expect(await give('k-1', spaced)).toEqual({ ...first, replayed: 'true' });
    expect(await give('"k-1"')).toEqual({ ...first, replayed: 'true' });
    expect(await effectsOf(database)).toEqual(['reader 5']);
  });

  test('keeps users, parameters and bodies apart, and needs no key', async () => {
    const { database, give } = await start();
    await give('k-1');
    expect((await give('k-1', { user: 'bob' })).replayed).toBeNull();
    for (const other of [{ to: 'author' }, { body: '{"coins":6}' }]) {
      const { status, text } = await give('k-1', other);
      expect([status, JSON.parse(text).code]).toEqual([422, 'idempotency-key-reused']);
    }
    await give(undefined);
    await give(undefined);
    expect((await effectsOf(database)).length).toBe(4);
  });

  test('refuses keys that are none, and has no effect', async () => {
    const { database, url, give } = await start();
    for (const key of ['', 'x'.repeat(10_000), 'a b', '"', 'ÿ']) {
      const { status, text } = await give(key);
      expect([status, JSON.parse(text).code]).toEqual([400, 'idempotency-key-invalid']);
    }
    const control = await sendRaw(url, 'Idempotency-Key: a\u0001b');
    expect(control).toMatch(/^HTTP\/1.1 400 /);
    const twice = await sendRaw(url, 'Idempotency-Key: a\r\nIdempotency-Key: a');
    expect(twice).toContain('idempotency-key-invalid');
    expect(await effectsOf(database)).toEqual([]);
  });
});

/** What an HTTP library would not send. */
async function sendRaw(url: string, header: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(
    `POST /api/v1/gifts/reader HTTP/1.1\r\nHost: here\r\nConnection: close\r\nAuthorization: Bearer ada:\r\nContent-Type: application/json\r\nContent-Length: 11\r\n${header}\r\n\r\n{"coins":5}`,
  );
  let text = '';
  for await (const bytes of socket) text += String(bytes);
  return text;
}

const broken = {
  method: 'POST',
  path: '/gifts',
  summary: 'Give',
  idempotent: true,
  responses: { 204: { description: 'Given' } },
  handler: () => undefined,
} as const;

test.each([
  ['anybody may call', defineRoute({ ...broken, access: access.public }), 'needs access.user'],
  ['guests may call', defineRoute({ ...broken, access: access.guest }), 'needs access.user'],
  ['takes files', defineRoute({ ...broken, access: access.user, multipart: Gift }), 'multipart'],
  ['reads', defineRoute({ ...broken, access: access.user, method: 'GET' }), 'GET'],
  ['nothing keeps the keys of', defineRoute({ ...broken, access: access.user }), 'nothing here keeps keys'],
])('a route that %s and is idempotent fails the boot', async (_name, route, words) => {
  await expect(serve([route])).rejects.toThrow(words);
});

test('the document tells of the header, its problems and the mark of a repetition', () => {
  const routes = [giftRoute()];
  const document = openApiDocument([{ tag: 'gifts', description: 'Gifts', routes }], '1');
  const paths = document.paths as { '/api/v1/gifts/{to}': { post: Operation } };
  const { parameters, responses } = paths['/api/v1/gifts/{to}'].post;
  expect(parameters.find(({ name }) => name === 'Idempotency-Key')).toMatchObject({
    in: 'header',
    required: false,
  });
  expect(Object.keys(responses['201']?.headers ?? {})).toContain('Idempotency-Replayed');
  const codes = (status: string) =>
    Object.keys(responses[status]?.content['application/problem+json']?.examples ?? {});
  expect(codes('409')).toEqual(['idempotency-key-running', 'idempotency-answer-too-large']);
  expect(codes('422')).toEqual(['idempotency-key-reused']);
  expect(codes('400')).toContain('idempotency-key-invalid');
  expect(requestOf().key).toMatch(new RegExp(parameters.at(-1)?.schema?.pattern ?? 'none'));
});

interface Operation {
  parameters: { name: string; schema?: { pattern?: string } }[];
  responses: Record<string, { headers?: object; content: Record<string, { examples?: object }> }>;
}
