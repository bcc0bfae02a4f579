import { type BaseService, type Health, healthy } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Metrics } from '../metrics/index.js';
import { BlockingReads } from './blocking-reads.js';
import { CommandLine } from './command-line.js';
import type { RedisConfig } from './redis.config.js';
import type { Redis } from './redis.js';
import { redisAddress } from './redis-address.js';
import { RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { explain } from './redis-error.js';
import { RedisLink } from './redis-link.js';
import { RedisMetrics } from './redis-metrics.js';
import { probeKey, redisSettings } from './redis-settings.js';
import { Subscriptions } from './subscriptions.js';
import { unconfiguredRedis } from './unconfigured-redis.js';

interface RedisServiceOptions {
  readonly config: RedisConfig;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Opens Redis, watches it and closes it. `redis` may be used at any time: it says when it is not available. */
export interface RedisService extends BaseService {
  readonly redis: Redis;
}

/** Throws when the section makes no sense. */
export function createRedisService(options: RedisServiceOptions): RedisService {
  const { url } = options.config;
  return url === undefined ? unconfigured : new ConnectedRedisService(url, options);
}

const name = 'redis';
const version = '1.0.0';

const unconfigured: RedisService = {
  name,
  version,
  redis: unconfiguredRedis,
  initialize: async () => {},
  health: async () => ({
    ...healthy,
    note: 'redis.url is not set: caches, limits and streams live in each process',
  }),
  close: async () => {},
};

class ConnectedRedisService implements RedisService {
  readonly name = name;
  readonly version = version;
  readonly redis: Redis;
  readonly #commands: RedisLink;
  readonly #line: CommandLine;
  readonly #subscriptions: Subscriptions;
  readonly #blocking: BlockingReads;
  readonly #probeKey: string;

  constructor(url: string, { config, log, metrics }: RedisServiceOptions) {
    const address = redisAddress(url, config);
    const counts = new RedisMetrics(metrics, () => this.redis.available);
    const link = (purpose: string, onConnection?: (connection: RedisConnection) => void) =>
      new RedisLink({
        name: purpose,
        delays: config,
        log,
        open: async (signal) => RedisConnection.open(await redisSettings(address, config), signal),
        ...(onConnection && { onConnection }),
        onReconnected: () => {
          counts.reconnects += 1;
        },
      });
    const { commandTimeoutMs, keyPrefix } = config;
    this.#probeKey = probeKey(config);
    this.#commands = link('commands');
    this.#line = new CommandLine({ ...config, link: this.#commands, metrics: counts });
    const subscriptionLink = link('subscriptions', (connection) => this.#subscriptions.adopt(connection));
    this.#subscriptions = new Subscriptions({ link: subscriptionLink, commandTimeoutMs, log });
    this.#blocking = new BlockingReads({ link: link('blocking'), metrics: counts, commandTimeoutMs });
    this.redis = new RedisClient({
      sender: this.#line,
      subscriptions: this.#subscriptions,
      blocking: this.#blocking,
      keyPrefix,
      isAvailable: () => this.#commands.connection !== undefined,
    });
  }

  /** Waits for the first attempt to connect, and succeeds also when that fails: it goes on in the background. */
  async initialize(): Promise<void> {
    await this.#commands.start();
    this.#subscriptions.start();
    this.#blocking.start();
  }

  async health(): Promise<Health> {
    const { connection } = this.#commands;
    if (!connection) return { status: 'unhealthy', detail: explain(this.#commands.failure) };
    const reply = await this.#line.send('del', [this.#probeKey], () => true);
    if (!reply.available) {
      const detail = reply.error ? explain(reply.error) : `no answer: ${reply.why}`;
      return { status: reply.why === 'refused' ? 'degraded' : 'unhealthy', detail };
    }
    const odd = this.#subscriptions.failure;
    if (odd) return { status: 'degraded', detail: `no messages come: ${explain(odd)}` };
    return connection.warning ? { status: 'degraded', detail: connection.warning } : healthy;
  }

  async close(): Promise<void> {
    this.#line.close();
    await Promise.all([this.#commands.close(), this.#subscriptions.close(), this.#blocking.close()]);
  }
}
