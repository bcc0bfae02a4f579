import { sectionDefaults } from '../../src/platform/config/index.js';
import { systemClock } from '../../src/platform/kernel/index.js';
import { Metrics } from '../../src/platform/metrics/index.js';
import { RateLimitFactor, RateLimitService, rateLimitConfig } from '../../src/platform/rate-limit/index.js';
import { createRedisService, defineScript, type Redis, redisConfig } from '../../src/platform/redis/index.js';
import { measureCalls, measureThroughput } from '../harness/measure.js';
import { type BenchContext, type Case, callFigures, defineScenario, throughputFigures } from '../scenario.js';
import { nullLogger } from '../servers/null-logger.js';

const callers = 50;
const increment = defineScript({ name: 'increment', lua: "return redis.call('INCR', KEYS[1])" });
const users = Array.from(
  { length: 10_000 },
  (_, n) => `0198c5a4-7d20-7c6e-9d3b-${String(n).padStart(12, '0')}`,
);
const address = '203.0.113.7';

export default defineScenario({
  summary: 'a decision in memory against a count in a map, and one in Redis against the least script',
  needs: ['redis'],
  async run(context) {
    const redis = await openRedis(context);
    const local = limitsOn({ configured: false, available: false } as Redis);
    const counts = new Map<string, number>();
    await context.compare({
      name: 'local',
      figures: throughputFigures,
      ours: {
        name: 'take',
        measure: (forMs) =>
          measureThroughput(
            eachUser((userId) => local.take('user', { userId, address })),
            forMs,
          ),
      },
      against: [
        {
          name: 'map-count',
          measure: (forMs) =>
            measureThroughput(
              eachUser((userId) => counts.set(userId, (counts.get(userId) ?? 0) + 1)),
              forMs,
            ),
        },
      ],
    });
    const shared = limitsOn(redis);
    const take = eachUser((userId) => shared.take('user', { userId, address }));
    const add = eachUser((userId) => redis.run(increment, [`count:${userId}`], []));
    const caseOf = (name: string, call: () => unknown): Case<keyof typeof callFigures> => ({
      name,
      measure: (forMs) => measureCalls(async () => call(), { forMs, callers }),
    });
    await context.compare({
      name: 'redis',
      figures: callFigures,
      ours: caseOf('take', take),
      against: [caseOf('increment-script', add)],
    });
  },
});

/** `call` for one user after the other. */
function eachUser<T>(call: (userId: string) => T): () => T {
  let next = 0;
  return () => call(users[next++ % users.length] as string);
}

function limitsOn(redis: Redis): RateLimitService {
  return new RateLimitService({
    clock: systemClock,
    redis,
    factor: RateLimitFactor.whenAbsent as RateLimitFactor,
    config: sectionDefaults(rateLimitConfig, { userPerMinute: 1_000_000 }),
    log: nullLogger(),
    metrics: new Metrics(),
  });
}

async function openRedis(context: BenchContext): Promise<Redis> {
  const service = createRedisService({
    config: sectionDefaults(redisConfig, { url: context.engineUrl('redis'), keyPrefix: 'bench:' }),
    log: nullLogger(),
    metrics: new Metrics(),
  });
  await service.initialize(context.signal);
  context.onEnd(() => service.close());
  return service.redis;
}
