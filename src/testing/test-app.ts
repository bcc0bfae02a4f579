import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, buildApp } from '../app.js';
import type { PlatformOverrides } from '../app.platform.js';
import { modules, sections } from '../modules.js';
import { runCommand } from '../platform/commands/index.js';
import { loadConfig } from '../platform/config/index.js';
import type { DatabaseEngine } from '../platform/database/index.js';
import { ApiClient } from './api-client.js';
import { createPostgresDatabase } from './databases.js';
import { DocumentCheck } from './document-check.js';

export interface TestAppOptions {
  readonly engine?: DatabaseEngine;
  /** Configuration by key: `{ 'seed.demo': false }`. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly overrides?: PlatformOverrides;
}

export interface TestApp {
  readonly app: App;
  readonly api: ApiClient;
  readonly url: string;
  /** Every line of the log so far. */
  readonly logLines: () => Record<string, unknown>[];
  /** The admin, author and reader of the first start. */
  readonly passwordOf: (username: string) => string;
  readonly close: () => Promise<void>;
}

async function buildTestApp(
  settings: Readonly<Record<string, unknown>>,
  overrides: PlatformOverrides = {},
): Promise<App> {
  const argv = Object.entries(settings).flatMap(([key, value]) => [
    '--set',
    `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ]);
  const config = await loadConfig({ sections, argv, env: { NODE_ENV: 'test' } });
  return buildApp({ config, modules, version: '0.0.0-test', overrides });
}

/** Runs a command as `qingyu` does without a server: in an application of its own. Throws what went wrong. */
export async function runAppCommand(
  set: Readonly<Record<string, unknown>>,
  name: string,
  options: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const logDestination = { write: () => {} };
  const app = await buildTestApp({ 'logger.format': 'json', ...set }, { logDestination });
  await app.start({ command: name });
  try {
    return await runOn(app, name, options);
  } finally {
    await app.stop();
  }
}

/** Runs a command inside a running application, as the control route does. Throws what went wrong. */
export async function runOn(
  { commands }: App,
  name: string,
  options: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const { signal } = new AbortController();
  const io = { file: undefined, signal, progress: () => {} };
  const outcome = await runCommand(commands, name, options, io);
  if (outcome.ok) return outcome.result;
  throw outcome.error;
}

/** The whole application, listening on a free port, with a database and a data folder of its own. */
export async function startTestApp({
  engine = 'pglite',
  set = {},
  overrides,
}: TestAppOptions = {}): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-app-'));
  const postgres = engine === 'postgres' ? await createPostgresDatabase() : undefined;
  const settings = {
    'data.dir': folder,
    'logger.level': 'info',
    'logger.format': 'json',
    ...(postgres && { 'database.url': postgres.url }),
    ...set,
  };
  const written: string[] = [];
  const logDestination = { write: (line: string) => void written.push(line) };
  const app = await buildTestApp(settings, { logDestination, ...overrides });
  const close = async () => {
    await app.stop();
    await postgres?.drop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await app.start();
  } catch (error) {
    await close();
    throw error;
  }
  const url = app.url();
  return {
    app,
    url,
    close,
    api: new ApiClient(url, new DocumentCheck(app.server.document)),
    logLines: () => written.map((line) => JSON.parse(line)),
    passwordOf: (username) => {
      const account = app.firstAccounts.find((first) => first.username === username);
      if (!account?.generatedPassword) throw new Error(`the first start made no password for ${username}`);
      return account.generatedPassword;
    },
  };
}
