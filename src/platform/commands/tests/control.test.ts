import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import {
  exampleCommands,
  serveCommands as serve,
  temporaryFolder,
  controlToken as token,
} from '../../../testing/example-commands.js';
import { readControlFile, removeControlFile, writeControlFile } from '../control-file.js';

const headers = { authorization: `Bearer ${token}` };

async function call(url: string, path: string, init: RequestInit = {}) {
  const response = await fetch(`${url}/internal/commands/${path}`, { method: 'POST', headers, ...init });
  const text = await response.text();
  const lines = text.split('\n').filter(Boolean);
  return { response, lines: response.ok ? lines.map((line) => JSON.parse(line)) : [], text };
}

const optionsOf = (options: unknown) => `options=${encodeURIComponent(JSON.stringify(options))}`;

test('a command answers its progress and then its result, a JSON object a line', async () => {
  const { url } = await serve(exampleCommands().commands);
  const { response, lines } = await call(url, `greet?${optionsOf({ name: 'Bao' })}`);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  expect(lines[0]).toEqual({ progress: { label: 'greeting', done: 1, total: 1000 } });
  expect(lines.at(-1)).toEqual({ result: { greeting: 'Hello Bao' } });
});

test.each([
  ['no token', {}],
  ['another token', { authorization: 'Bearer another' }],
  ['an empty token', { authorization: 'Bearer ' }],
])('with %s there is nothing here, and nothing runs', async (_, wrong) => {
  const { commands, calls } = exampleCommands();
  const { url } = await serve(commands);
  const { response } = await call(url, `greet?${optionsOf({ name: 'x' })}`, {
    headers: wrong as Record<string, string>,
  });
  expect(response.status).toBe(404);
  expect(calls).toEqual([]);
});

test('a wrong name, wrong options and broken JSON are answered as problems', async () => {
  const { url } = await serve(exampleCommands().commands);
  expect((await call(url, 'nothing')).lines).toMatchObject([{ error: { code: 'unknown-command' } }]);
  expect((await call(url, `greet?${optionsOf({})}`)).lines).toMatchObject([
    { error: { code: 'invalid-command-options' } },
  ]);
  expect((await call(url, 'greet?options={')).lines).toMatchObject([
    { error: { code: 'invalid-command-options' } },
  ]);
  expect((await call(url, 'fail')).lines).toMatchObject([{ error: { code: 'command-failed' } }]);
});

test("a file arrives byte for byte, one beyond the command's bound is refused", async () => {
  const { commands, calls } = exampleCommands();
  const { url } = await serve(commands);
  const send = (bytes: Uint8Array<ArrayBuffer>) => {
    const body = new FormData();
    body.set('file', new Blob([bytes]), 'file');
    return call(url, 'count-bytes', { body });
  };
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 256);
  expect((await send(bytes)).lines).toEqual([{ result: { bytes: 1000 } }]);
  expect(Buffer.from(calls[0]?.file ?? [])).toEqual(Buffer.from(bytes));
  expect((await send(new Uint8Array(1001))).lines).toMatchObject([
    { error: { code: 'command-file-too-large' } },
  ]);
  expect((await send(new Uint8Array(3_000_000))).lines).toMatchObject([
    { error: { code: 'command-file-too-large' } },
  ]);
  expect(calls).toHaveLength(1);
});

test('a caller that goes away aborts its command, and only that', async () => {
  const { commands, aborted } = exampleCommands();
  const { url } = await serve(commands);
  const leaving = new AbortController();
  const response = await fetch(`${url}/internal/commands/wait`, {
    method: 'POST',
    headers,
    signal: leaving.signal,
  });
  await response.body?.getReader().read();
  expect(aborted).toEqual([]);
  const other = call(url, `greet?${optionsOf({ name: 'x' })}`);
  leaving.abort();
  await vi.waitFor(() => expect(aborted).toEqual(['wait']));
  expect((await other).lines.at(-1)).toEqual({ result: { greeting: 'Hello x' } });
});

test('a command whose body has been read is not taken for abandoned', async () => {
  const { commands, aborted } = exampleCommands();
  const { url } = await serve(commands);
  const body = new FormData();
  body.set('file', new Blob(['x']), 'file');
  const leaving = new AbortController();
  const init = { method: 'POST', headers, body, signal: leaving.signal };
  const response = await fetch(`${url}/internal/commands/wait`, init);
  await response.body?.getReader().read();
  await call(url, `greet?${optionsOf({ name: 'x' })}`);
  expect(aborted).toEqual([]);
  leaving.abort();
  await vi.waitFor(() => expect(aborted).toEqual(['wait']));
});

test('the control file is for this user only, and says a loopback address whatever the server listens on', async () => {
  const folder = await temporaryFolder();
  for (const [listens, reached] of [
    ['http://0.0.0.0:8080', 'http://127.0.0.1:8080'],
    ['http://[::]:8080', 'http://[::1]:8080'],
    ['http://127.0.0.1:1234', 'http://127.0.0.1:1234'],
  ] as const) {
    await writeControlFile(folder, { url: listens, token });
    expect(await readControlFile(folder)).toEqual({ url: reached, token, pid: process.pid });
  }
  expect((await stat(join(folder, 'control.json'))).mode & 0o777).toBe(0o600);
});

test.each([
  ['no JSON', '{'],
  ['an address elsewhere', JSON.stringify({ url: 'http://example.com:80', token, pid: 1 })],
  ['a path in the address', JSON.stringify({ url: 'http://127.0.0.1:80/x', token, pid: 1 })],
  [
    'another name with a loopback prefix',
    JSON.stringify({ url: 'http://127.0.0.1.example.com:80', token, pid: 1 }),
  ],
  ['no token', JSON.stringify({ url: 'http://127.0.0.1:80', pid: 1 })],
])('a control file with %s is not followed', async (_, content) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'control.json'), content);
  expect(await readControlFile(folder)).toBeUndefined();
});

test('a server removes its own control file and never that of its successor', async () => {
  const folder = await temporaryFolder();
  const server = { url: 'http://127.0.0.1:1', token };
  await writeControlFile(folder, server);
  await removeControlFile(folder, 'the-token-of-another-server');
  expect(await readControlFile(folder)).toBeDefined();
  await removeControlFile(folder, token);
  await removeControlFile(folder, token);
  expect(await readControlFile(folder)).toBeUndefined();
});
