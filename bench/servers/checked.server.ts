import Type from 'typebox';
import { modules } from '../../src/modules.js';
import { Database } from '../../src/platform/database/index.js';
import { access, defineRoute, httpErrors, type Route } from '../../src/platform/http/index.js';
import { defineModule } from '../../src/platform/module/index.js';
import { serveForked } from '../harness/forked-server.js';
import { startBenchApp } from './bench-app.js';
import { benchMigrations, findBenchRow } from './bench-row.repository.js';

export interface CheckedServerOptions {
  readonly databaseUrl: string;
  readonly dataDir: string;
}

export interface CheckedServerInfo {
  readonly url: string;
  /** An access token of a signed-in user. */
  readonly token: string;
}

const rowId = '01939b5e-7a9c-7d52-8f3a-0123456789ab';
const schema = Type.Object({ id: Type.String(), title: Type.String() });
const row = { id: rowId, title: '渡口的灯' };
const responses = { 200: { description: 'The row', schema, example: row } };

await serveForked(async ({ databaseUrl, dataDir }: CheckedServerOptions) => {
  const all = [...modules, benchModule()];
  const app = await startBenchApp({ modules: all, databaseUrl, dataDir });
  const info: CheckedServerInfo = { url: app.url(), token: await signIn(app.url()) };
  return { info, close: () => app.stop() };
});

/** The same answer three ways: nobody is asked, the caller is checked, one row is read. */
function benchModule() {
  return defineModule({
    name: 'bench',
    version: '1.0.0',
    summary: 'Routes that are measured',
    criticality: 'required',
    needs: { db: Database },
    migrations: benchMigrations(row),
    setup({ db }) {
      const service = {
        name: 'bench',
        version: '1.0.0',
        initialize: async () => {},
        health: async () => ({ status: 'healthy' }) as const,
        close: async () => {},
      };
      return { service, exposes: {}, routes: routesOf(db) };
    },
  });
}

function routesOf(db: Database): Route[] {
  const route = (path: string, who: typeof access.public | typeof access.user) =>
    defineRoute({
      method: 'GET',
      path,
      access: who,
      summary: 'A row out of memory',
      responses,
      handler: async () => row,
    });
  const readRow = defineRoute({
    method: 'GET',
    path: '/bench/rows/{id}',
    access: access.public,
    summary: 'A row out of the database, read by its key',
    params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
    example: { params: { id: rowId } },
    responses,
    errors: [httpErrors.notFound],
    handler: async ({ params }) => {
      const found = await findBenchRow(db, params.id);
      if (!found) throw httpErrors.notFound();
      return found;
    },
  });
  return [route('/bench/open', access.public), route('/bench/checked', access.user), readRow];
}

async function signIn(url: string): Promise<string> {
  const account = { username: 'bench_reader', password: 'the-Lamp-at-the-ferry-9' };
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { accessToken: string };
  };
  await post('/auth/register', account);
  const { accessToken } = await post('/auth/login', { login: account.username, password: account.password });
  return accessToken;
}
