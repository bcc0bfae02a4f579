export { type RedisConfig, redisConfig } from './redis.config.js';
export {
  defineScript,
  type PipelineCommand,
  type PipelineCommandName,
  Redis,
  type RedisFailure,
  type RedisReply,
  type RedisScript,
  type RedisValue,
  type SetOptions,
} from './redis.js';
export { createRedisService, type RedisService } from './redis-service.js';
