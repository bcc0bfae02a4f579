import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { writeControlFile } from '../../platform/commands/index.js';
import {
  exampleCommands,
  serveCommands as serve,
  temporaryFolder,
  controlToken as token,
} from '../../testing/example-commands.js';
import { runLine } from './fixture.js';

/** A data folder whose control file names a real server with the example commands. */
async function servedFolder() {
  const example = exampleCommands();
  const { url, server } = await serve(example.commands);
  const folder = await temporaryFolder();
  await writeControlFile(folder, { url, token });
  return { ...example, folder, server };
}

/** A data folder whose control file names a server that answers as `listener` does. */
async function folderServedBy(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const folder = await temporaryFolder();
  await writeControlFile(folder, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
  });
  return folder;
}

test('a command runs in the server that holds the data, and this process opens nothing', async () => {
  const { commands, calls, folder } = await servedFolder();
  const line = await runLine(['greet', '--name', 'Bao'], commands, { embeddedDataDir: folder });
  expect(line).toMatchObject({ exitCode: 0, stdout: 'It said: Hello Bao\n', steps: [] });
  expect(line.stderr).toContain('100 % greeting');
  expect(calls).toHaveLength(1);
});

test('exit codes are the same from the server', async () => {
  const { commands, folder } = await servedFolder();
  const run = (argv: string[]) => runLine(argv, commands, { embeddedDataDir: folder });
  expect(await run(['fail'])).toMatchObject({
    exitCode: 1,
    steps: [],
    stderr: expect.stringContaining('no luck'),
  });
  expect(await run(['greet', '--name', 'x', '--times', '9'])).toMatchObject({ exitCode: 2, steps: [] });
});

test('with a database server the command runs here, whoever listens', async () => {
  const { commands } = await servedFolder();
  expect((await runLine(['greet', '--name', 'x'], commands)).steps).toEqual(['start', 'stop']);
});

test('a control file that a killed server left behind is no obstacle', async () => {
  const { commands, folder, server } = await servedFolder();
  await server.close();
  const line = await runLine(['greet', '--name', 'x'], commands, { embeddedDataDir: folder });
  expect(line).toMatchObject({ exitCode: 0, steps: ['start', 'stop'] });
});

test.each([
  ['answers 404', 404, 'application/json', '{}'],
  ['answers 200 with a page', 200, 'text/html', '<html>'],
])('another program on the port that %s is not taken for the server', async (_, status, type, body) => {
  const { commands } = exampleCommands();
  const folder = await folderServedBy((_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  const line = await runLine(['greet', '--name', 'x'], commands, { embeddedDataDir: folder });
  expect(line).toMatchObject({ exitCode: 0, steps: ['start', 'stop'] });
});

test('a connection that breaks after the server took the command never runs it a second time', async () => {
  const { commands, calls } = exampleCommands();
  const progress = JSON.stringify({ progress: { label: 'half', done: 1, total: 2 } });
  for (const ending of ['cut', 'ended early'] as const) {
    const folder = await folderServedBy((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(`${progress}\n`, () => (ending === 'cut' ? response.destroy() : response.end()));
    });
    const line = await runLine(['greet', '--name', 'x'], commands, { embeddedDataDir: folder });
    expect(line).toMatchObject({
      exitCode: 1,
      steps: [],
      stderr: expect.stringContaining('may have taken effect'),
    });
  }
  expect(calls).toEqual([]);
});

test('a server that is overloaded is told as such, and the folder is left alone', async () => {
  const { commands } = exampleCommands();
  const folder = await folderServedBy((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ code: 'overloaded', title: 'Too busy', detail: 'Try again.' }));
  });
  const line = await runLine(['greet', '--name', 'x'], commands, { embeddedDataDir: folder });
  expect(line).toMatchObject({ exitCode: 1, stderr: 'Too busy: Try again.\n', steps: [] });
});

test('an interrupt ends the command in the server too', async () => {
  const { commands, aborted, folder } = await servedFolder();
  const interrupt = new AbortController();
  const stderr = { write: () => interrupt.abort() };
  const line = await runLine(
    ['wait'],
    commands,
    { embeddedDataDir: folder },
    { signal: interrupt.signal, stderr },
  );
  expect(line).toMatchObject({ exitCode: 1, steps: [] });
  await expect.poll(() => aborted).toEqual(['wait']);
});
