import { describe, expect, it } from 'vitest';
import { testPostgresUrl } from '../../../testing/database-server.js';
import { expectExactlyOnce, runKilled } from './killed-process.js';

const count = 6;
/** Each starts several processes, one after the other. */
const timeoutMs = 180_000;

describe.each([
  ['PGlite', 'pglite'],
  ['PostgreSQL (needs QINGYU_TEST_POSTGRES_URL)', 'postgres'],
] as const)('a process that is killed, on %s', { timeout: timeoutMs }, (_name, engine) => {
  // Without a server there is nothing to run it on.
  const test = it.skipIf(engine === 'postgres' && testPostgresUrl === undefined);

  test('between commit and dispatch, in a handler, and between effect and mark: no event is lost, no effect is there twice', async () => {
    const ends = ['after-commit', 'before-effect', 'before-mark'] as const;
    const { added, effects } = await runKilled(engine, 'transactional', ends, count);
    expectExactlyOnce(added, effects);
    expect(effects).toHaveLength(ends.length * count);
  });

  test('between effect and mark of a batch: the whole batch is handled again, and only once', async () => {
    const { added, effects } = await runKilled(engine, 'batch', ['before-mark'], count);
    expectExactlyOnce(added, effects);
  });

  test('between a delivery outside and its mark: it is delivered again, with the same id', async () => {
    const { added, effects } = await runKilled(engine, 'outside', ['before-mark'], count);
    const ids = effects.map(({ event_id }) => event_id);
    expect([...new Set(ids)].sort()).toEqual([...added].sort());
    expect(ids.length).toBeGreaterThan(added.length);
  });
});
