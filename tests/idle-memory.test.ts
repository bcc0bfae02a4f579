import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createPostgresDatabase, testPostgresUrl } from '../src/testing/databases.js';
import { ServerProcess } from '../src/testing/server-process.js';

const megabyte = 1_000_000;
const idleExternalBytesMax = 180 * megabyte;
const idleEmbeddedBytesMax = 500 * megabyte;

/** What the process says of itself after a restart, when the data is there and nothing runs. */
async function idleBytes(env: Record<string, string>): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'qingyu-idle-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const first = await ServerProcess.start({ dataDir, env });
  await first.end();
  const second = await ServerProcess.start({ dataDir, env, nodeArgs: [] });
  const page = await (await fetch(`${second.url}/metrics`)).text();
  await second.end();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(page)?.[1] ?? Number.POSITIVE_INFINITY);
}

it('an idle server with the embedded database stays within 500 MB', async () => {
  expect(await idleBytes({})).toBeLessThan(idleEmbeddedBytesMax);
});

it.skipIf(!testPostgresUrl)(
  'an idle server on PostgreSQL stays within 180 MB (needs QINGYU_TEST_POSTGRES_URL)',
  async () => {
    const { url, drop } = await createPostgresDatabase();
    onTestFinished(drop);
    const bytes = await idleBytes({ DATABASE_URL: url });
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(idleExternalBytesMax);
  },
);
