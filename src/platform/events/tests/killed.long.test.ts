import { describe, expect, it } from 'vitest';
import { testPostgresUrl } from '../../../testing/database-server.js';
import {
  addedIn,
  effectsOfLast,
  expectExactlyOnce,
  type KillAt,
  placeFor,
  runKilled,
  startProgram,
} from './killed-process.js';

const rounds = 12;
const count = 200;
const timeoutMs = 1_200_000;

describe(`${rounds} rounds of processes that are killed`, { timeout: timeoutMs }, () => {
  const ends = Array.from(
    { length: rounds },
    (_, round) => (['after-commit', 'before-effect', 'before-mark'] satisfies KillAt[])[round % 3] as KillAt,
  );

  it.each(['transactional', 'batch'] as const)(
    'lose nothing and do nothing twice on PGlite, %s',
    async (kind) => {
      const { added, effects } = await runKilled('pglite', kind, ends, 20);
      expectExactlyOnce(added, effects);
    },
  );

  // Without a server there is nothing to run it on.
  it.skipIf(testPostgresUrl === undefined)(
    'three at once, killed from outside at any place, lose nothing and do nothing twice (needs QINGYU_TEST_POSTGRES_URL)',
    async () => {
      const place = await placeFor('postgres');
      const added: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const runs = [0, 1, 2].map((instance) => {
          const killAfter = Math.ceil(Math.random() * count);
          const first = (round * 3 + instance) * count;
          const run = { kind: 'transactional', killAt: 'never', dispatchFirst: true, first, count } as const;
          return startProgram(place, run, (output) => addedIn(output).length >= killAfter);
        });
        for (const { output } of await Promise.all(runs)) added.push(...addedIn(output));
      }
      const effects = await effectsOfLast(place, 'transactional', 1_000_000);
      expect(added.length).toBeGreaterThan(rounds);
      const ids = effects.map(({ event_id }) => event_id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(added.filter((id) => !ids.includes(id))).toEqual([]);
    },
  );
});
