import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import { onTestFinished } from 'vitest';
import { type AnyCommand, controlRoutes, defineCommand } from '../platform/commands/index.js';
import { createLogger } from '../platform/logger/index.js';
import { routeServer } from './route-server.js';

export const controlToken = 'a-token-of-the-test-suite';

/** Commands that show every way a command can behave, and what they were called with. */
export function exampleCommands() {
  const calls: { options: unknown; file: Uint8Array | undefined }[] = [];
  const aborted: string[] = [];
  const greet = defineCommand({
    name: 'greet',
    summary: 'Greet somebody',
    options: Type.Object({
      name: Type.String({ minLength: 1, maxLength: 20, description: 'Whom' }),
      times: Type.Integer({ default: 1, minimum: 1, maximum: 5, description: 'How often' }),
      loud: Type.Optional(Type.Boolean({ description: 'Shout' })),
      polite: Type.Boolean({ default: true, description: 'Say please' }),
      language: Type.Enum(['en', 'zh'], { default: 'en', description: 'Language' }),
      tags: Type.Array(Type.Integer(), { default: [], description: 'Numbers' }),
    }),
    run: async (options, { file, progress }) => {
      calls.push({ options, file });
      for (let done = 1; done <= 1000; done++) progress({ label: 'greeting', done, total: 1000 });
      return { greeting: `Hello ${options.name}` };
    },
    describe: ({ greeting }) => [`It said: ${greeting}`],
  });
  const count = defineCommand({
    name: 'count-bytes',
    summary: 'Count the bytes of a file',
    options: Type.Object({}),
    file: { description: 'The file', maxBytes: 1000 },
    run: async (options, { file }) => {
      calls.push({ options, file });
      return { bytes: file?.byteLength ?? -1 };
    },
  });
  const fail = defineCommand({
    name: 'fail',
    summary: 'Fail',
    options: Type.Object({}),
    run: async () => {
      throw new Error('no luck', { cause: new Error('at postgres://u:pl4nted@h/d') });
    },
  });
  const wait = defineCommand({
    name: 'wait',
    summary: 'Wait until the caller goes away',
    options: Type.Object({}),
    run: (_options, { signal, progress }) =>
      new Promise((_resolve, reject) => {
        progress({ label: 'waiting', done: 0, total: 1 });
        signal.addEventListener('abort', () => {
          aborted.push('wait');
          reject(new Error('aborted'));
        });
      }),
  });
  const tidy = defineCommand({
    name: 'tidy',
    summary: 'Tidy a folder',
    options: Type.Object({
      folder: Type.String({ argument: true, path: true, description: 'Which folder' }),
      how: Type.String({ argument: true, description: 'How' }),
      deep: Type.Boolean({ default: false, description: 'Below it too' }),
    }),
    run: async (options, { file }) => {
      calls.push({ options, file });
      return { left: options.deep ? 0 : 3 };
    },
    isFailure: ({ left }) => left !== 0,
  });
  const commands: AnyCommand[] = [greet, count, fail, wait, tidy];
  return { commands, calls, aborted };
}

/** A server with the control route, on a free port of this machine. */
export async function serveCommands(commands: readonly AnyCommand[]) {
  const silent = { level: 'silent', format: 'json', service: 't', version: '0', instance: 't' } as const;
  const log = createLogger({ ...silent, destination: { write: () => {} } });
  const server = await routeServer({ routes: controlRoutes(commands, log), controlToken, log });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(async () => {
    // A client that was interrupted may leave a connection on which nothing was asked yet.
    server.server.closeAllConnections();
    await server.close();
  });
  return { url, server };
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-commands-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}
