import { modules } from '../../src/modules.js';
import { serveForked } from '../harness/forked-server.js';
import { startBenchApp } from './bench-app.js';

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
  const app = await startBenchApp({
    ...{ modules, databaseUrl, dataDir },
    settings: [
      'http.rateLimitEnabled=false',
      'auth.login.windowSeconds=1',
      'auth.login.failuresMax=100',
      'auth.login.addressFailuresMax=10000',
    ],
  });
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
