export {
  defineScript,
  type PipelineCommand,
  Redis,
  type RedisFailure,
  type RedisReply,
  type RedisScript,
  type RedisValue,
  type SetOptions,
} from './redis.js';
