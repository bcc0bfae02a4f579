import { describe, it } from 'vitest';
import { testPostgresUrl } from '../../../testing/database-server.js';
import { runBank } from './bank.js';

const timeoutMs = 900_000;

describe.each([
  ['PGlite', 'pglite', 900],
  ['PostgreSQL (needs QINGYU_TEST_POSTGRES_URL)', 'postgres', 1_500],
] as const)('the bank for a minute on %s', { timeout: timeoutMs }, (_name, engine, operations) => {
  // Without a server there is nothing to run it on.
  const test = it.skipIf(engine === 'postgres' && testPostgresUrl === undefined);

  test('16 clients, servers killed, connections cut: money is conserved to the coin, no key has two effects', async ({
    expect,
  }) => {
    const killAfter = () => 200 + Math.floor(Math.random() * 1_200);
    await expect(runBank({ engine, operations, kills: 12, killAfter })).resolves.toBeUndefined();
  });
});
