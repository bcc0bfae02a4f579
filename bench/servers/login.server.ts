import { configSections } from '../../src/app.config.js';
import { buildApp } from '../../src/app.js';
import { modules } from '../../src/modules.js';
import { loadConfig } from '../../src/platform/config/index.js';
import { serveForked } from '../harness/forked-server.js';

export interface LoginServerOptions {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly usernames: readonly string[];
  readonly password: string;
}

export interface LoginServerInfo {
  readonly url: string;
}

/** The whole application with some users. Failures count for a second only, so that no guess is ever locked out. */
await serveForked(async ({ databaseUrl, dataDir, usernames, password }: LoginServerOptions) => {
  const config = await loadConfig({
    sections: configSections(modules),
    argv: [
      `data.dir=${dataDir}`,
      `database.url=${databaseUrl}`,
      'logger.format=json',
      'seed.demo=false',
      'server.port=0',
      'http.rateLimitEnabled=false',
      'auth.login.windowSeconds=1',
      'auth.login.failuresMax=100',
      'auth.login.addressFailuresMax=10000',
    ].flatMap((setting) => ['--set', setting]),
    env: { NODE_ENV: 'test' },
  });
  const app = await buildApp({
    config,
    modules,
    version: '0.0.0-bench',
    overrides: { logDestination: { write: () => {} } },
  });
  await app.start();
  const info: LoginServerInfo = { url: app.url() };
  for (const username of usernames) {
    const response = await fetch(`${info.url}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    if (!response.ok) throw new Error(`no account: ${response.status} ${await response.text()}`);
  }
  return { info, close: () => app.stop() };
});
