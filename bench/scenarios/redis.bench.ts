import { Redis as Driver } from 'ioredis';
import { sectionDefaults } from '../../src/platform/config/index.js';
import { Metrics } from '../../src/platform/metrics/index.js';
import {
  createRedisService,
  defineScript,
  type Redis,
  type RedisReply,
  redisConfig,
} from '../../src/platform/redis/index.js';
import { measureCalls } from '../harness/measure.js';
import { type BenchContext, type Case, callFigures, defineScenario } from '../scenario.js';
import { nullLogger } from '../servers/null-logger.js';

type CallCase = Case<keyof typeof callFigures>;

const manyCallers = 50;
const pipelined = 50;
const keyPrefix = 'bench:';
const value = 'x'.repeat(100);
const script = defineScript({ name: 'add', lua: "return redis.call('incrby', KEYS[1], ARGV[1])" });

export default defineScenario({
  summary:
    'GET from one caller and from 50, a pipeline and a script, against bare ioredis on the same server',
  needs: ['redis'],
  async run(context) {
    const ours = await openClient(context);
    const bare = openDriver(context);
    const get = { ours: async () => check(await ours.get('k')), bare: () => bare.get(`${keyPrefix}k`) };
    await bare.set(`${keyPrefix}k`, value);
    await compare(context, 'get-1', 1, get);
    await compare(context, 'get-50', manyCallers, get);
    await compare(context, 'script-50', manyCallers, {
      ours: async () => check(await ours.run(script, ['n'], [1])),
      bare: () => (bare as unknown as { add: Add }).add(`${keyPrefix}n`, 1),
    });
    await compare(context, 'pipeline-1', 1, {
      ours: async () => check(await ours.pipeline(commands)),
      bare: () => bare.pipeline(commands.map(({ command }) => [command, `${keyPrefix}k`])).exec(),
    });
  },
});

type Add = (key: string, by: number) => Promise<unknown>;

const commands = Array.from({ length: pipelined }, () => ({ command: 'get', args: ['k'] }) as const);

function compare(
  context: BenchContext,
  name: string,
  callers: number,
  calls: { readonly ours: () => Promise<unknown>; readonly bare: () => Promise<unknown> },
): Promise<void> {
  const caseOf = (caseName: string, call: () => Promise<unknown>): CallCase => ({
    name: caseName,
    measure: (forMs) => measureCalls(call, { forMs, callers }),
  });
  return context.compare({
    name,
    figures: callFigures,
    ours: caseOf('redis', calls.ours),
    against: [caseOf('bare-ioredis', calls.bare)],
  });
}

function check(reply: RedisReply<unknown>): unknown {
  if (!reply.available) throw new Error(`Redis was not available: ${reply.why}`, { cause: reply.error });
  return reply.value;
}

async function openClient(context: BenchContext): Promise<Redis> {
  const service = createRedisService({
    config: sectionDefaults(redisConfig, { url: context.engineUrl('redis'), keyPrefix }),
    log: nullLogger(),
    metrics: new Metrics(),
  });
  await service.initialize(context.signal);
  context.onEnd(() => service.close());
  return service.redis;
}

function openDriver(context: BenchContext): Driver {
  const driver = new Driver(context.engineUrl('redis'));
  driver.defineCommand(script.name, { numberOfKeys: 1, lua: script.lua });
  context.onEnd(() => driver.disconnect());
  return driver;
}
