import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresDatabase } from '../../src/testing/database-server.js';
import { type ForkedServer, forkServer } from '../harness/forked-server.js';
import { measureHttp } from '../harness/http-load.js';
import { type BenchContext, type Case, callFigures, cpuFigure, defineScenario } from '../scenario.js';
import type { CheckedServerInfo, CheckedServerOptions } from '../servers/checked.server.js';

const file = new URL('../servers/checked.server.js', import.meta.url);
const figures = { ...callFigures, ...cpuFigure };
type RequestCase = Case<keyof typeof figures>;

/**
 * What the check of a token costs a request of the whole application on PostgreSQL, one that passed before: signature,
 * revocation and permission are decided in memory, so it is held against the same route open to all, and one that
 * reads one row by key.
 */
export default defineScenario({
  summary: 'a request whose token is checked, against the same open to all and against reading one row',
  needs: ['postgres'],
  async run(context) {
    const server = await startServer(context);
    const { url, token } = server.info;
    const get = (name: string, path: string, headers: Record<string, string> = {}): RequestCase => ({
      name,
      measure: (forMs) => measureHttp({ server, url: `${url}/api/v1${path}`, headers, forMs }),
    });
    await context.compare({
      name: 'token',
      figures,
      ours: get('checked', '/bench/checked', { authorization: `Bearer ${token}` }),
      against: [
        get('open', '/bench/open'),
        get('one-row', '/bench/rows/01939b5e-7a9c-7d52-8f3a-0123456789ab'),
      ],
    });
  },
});

async function startServer(context: BenchContext): Promise<ForkedServer<CheckedServerInfo>> {
  const database = await createPostgresDatabase([], context.engineUrl('postgres'));
  context.onEnd(database.drop);
  const dataDir = await mkdtemp(join(tmpdir(), 'qingyu-bench-'));
  context.onEnd(() => rm(dataDir, { recursive: true, force: true }));
  const options: CheckedServerOptions = { databaseUrl: database.url, dataDir };
  return forkServer(context, file, { ...options });
}
