import type { Redis, RedisReply } from './redis.js';

const unavailable: RedisReply<never> = Object.freeze({ available: false, why: 'not-configured' });
const answer = () => Promise.resolve(unavailable);

/** Redis where no `redis.url` is set: every command says so, and nothing is ever published. */
export const unconfiguredRedis: Redis = Object.freeze({
  configured: false,
  available: false,
  ping: answer,
  get: answer,
  getBytes: answer,
  set: answer,
  delete: answer,
  exists: answer,
  mget: answer,
  mgetBytes: answer,
  mset: answer,
  expire: answer,
  ttl: answer,
  hget: answer,
  hset: answer,
  hgetall: answer,
  hdel: answer,
  sadd: answer,
  smembers: answer,
  srem: answer,
  incr: answer,
  decr: answer,
  incrBy: answer,
  decrBy: answer,
  pipeline: answer,
  run: answer,
  push: answer,
  blockingPop: answer,
  publish: answer,
  subscribe: () => () => {},
});
