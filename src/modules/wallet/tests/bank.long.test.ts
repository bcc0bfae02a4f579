import { describe, it } from 'vitest';
import { testPostgresUrl } from '../../../testing/database-server.js';
import { runBank } from './bank.js';

const timeoutMs = 600_000;

describe.each([
  ['PGlite', 'pglite'],
  ['PostgreSQL (needs QINGYU_TEST_POSTGRES_URL)', 'postgres'],
] as const)('the bank for a minute on %s', { timeout: timeoutMs }, (_name, engine) => {
  // Without a server there is nothing to run it on.
  const test = it.skipIf(engine === 'postgres' && testPostgresUrl === undefined);

  test('16 clients, servers killed, connections cut: money is conserved to the coin, no key has two effects', async ({
    expect,
  }) => {
    const killAfter = () => 20 + Math.floor(Math.random() * 180);
    await expect(
      runBank({ engine, operations: 100_000, lastsMs: 60_000, kills: 12, killAfter }),
    ).resolves.toBeUndefined();
  });
});
