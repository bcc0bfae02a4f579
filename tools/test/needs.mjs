// What the tests need besides Node. One more engine is one more entry.
import { postgres } from './postgres.mjs';
import { redis } from './redis.mjs';

/**
 * An entry is `{ name, title, env, start({ say }) -> { url, version, stop() } }`; `start` rejects where
 * the engine can't be had. Suites find the engine by the variable `env` and name the entry when they skip.
 */
const needs = [postgres, redis];

/** Starts every engine side by side; the ones that can't be had are in `missing`, with the reason. */
export async function provideNeeds({ say = () => {}, wanted = needs } = {}) {
  const started = [];
  const missing = [];
  const env = {};
  await Promise.all(
    wanted.map(async (need) => {
      if (process.env[need.env]) return;
      try {
        const engine = await need.start({ say });
        started.push({ ...engine, need });
        env[need.env] = engine.url;
      } catch (error) {
        missing.push({ need, reason: error.message });
      }
    }),
  );
  const stop = async () => {
    await Promise.allSettled(started.map((engine) => engine.stop()));
  };
  return { env, started, missing, stop };
}

/** The entries of these names; a name without an entry is left out. */
export function needsNamed(names) {
  return needs.filter(({ name }) => names.includes(name));
}
