import { describe, it } from 'vitest';
import { testPostgresUrl } from '../../../testing/database-server.js';
import { runBank } from './bank.js';

/** Each starts several processes. The full size is in bank.long.test.ts. */
const timeoutMs = 180_000;

describe.each([
  ['PGlite', 'pglite'],
  ['PostgreSQL (needs QINGYU_TEST_POSTGRES_URL)', 'postgres'],
] as const)('the bank on %s', { timeout: timeoutMs }, (_name, engine) => {
  // Without a server there is nothing to run it on.
  const test = it.skipIf(engine === 'postgres' && testPostgresUrl === undefined);

  // What is asserted stands in bank.ts, for both sizes of this test.
  test('16 clients, servers killed, connections cut: money is conserved to the coin, no key has two effects', async ({
    expect,
  }) => {
    await expect(
      runBank({ engine, operations: 14, kills: 2, killAfter: () => 20 + Math.floor(Math.random() * 60) }),
    ).resolves.toBeUndefined();
  });
});
