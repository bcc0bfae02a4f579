import { defineScript } from '../redis/index.js';
import { codecIds, epochAt, epochLength, flagsAt, headerBytes, liveFlag } from './envelope.js';

/*
 * A namespace has one key `meta`: its epoch, and a fence that changes with each change by tag. Who loads for all holds
 * a lease: a random token with the meta of that moment. An invalidation takes the lease away or changes the meta, so
 * that what was read from the source before it is never stored after it.
 */

const replyNo = 0;
export const acquireReply = { changed: 0, granted: 1, busy: 2 } as const;

/** KEYS entry, lease, meta. ARGV header seen, token, lease ms, a new meta. Answers what, and meta or ms left. */
export const acquireLease = defineScript({
  name: 'cache-acquire',
  lua: `
    local meta = redis.call('GET', KEYS[3])
    if not meta then
      meta = ARGV[4]
      redis.call('SET', KEYS[3], meta)
    end
    local header = redis.call('GETRANGE', KEYS[1], 0, ${headerBytes - 1})
    if header ~= '' and header ~= ARGV[1] then return {${acquireReply.changed}, ''} end
    if redis.call('SET', KEYS[2], ARGV[2] .. meta, 'NX', 'PX', ARGV[3]) then
      return {${acquireReply.granted}, meta}
    end
    return {${acquireReply.busy}, tostring(redis.call('PTTL', KEYS[2]))}
  `,
});

/** KEYS lease. ARGV its value, ms (0 gives it back). */
export const keepLease = defineScript({
  name: 'cache-keep-lease',
  lua: `
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return ${replyNo} end
    if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
    return redis.call('PEXPIRE', KEYS[1], ARGV[2])
  `,
});

/** Puts KEYS[1] into the sorted sets of its tags, and drops from them what has ended. */
const addToTags = (firstTag: number, nowArg: number, ttlArg: number) => `
    for i = ${firstTag}, #KEYS do
      redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[${nowArg}])
      redis.call('ZADD', KEYS[i], string.format('%.0f', ARGV[${nowArg}] + ARGV[${ttlArg}]), KEYS[1])
      if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[${ttlArg}]) then
        redis.call('PEXPIRE', KEYS[i], ARGV[${ttlArg}])
      end
    end`;

/** KEYS entry, lease, meta, tags. ARGV lease's value, meta, prefix, what follows the epoch, ttl ms, now ms. */
export const storeLoaded = defineScript({
  name: 'cache-store-loaded',
  lua: `
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then return ${replyNo} end
    redis.call('DEL', KEYS[2])
    if redis.call('GET', KEYS[3]) ~= ARGV[2] then return ${replyNo} end
    local epoch = string.sub(ARGV[2], 1, ${epochLength})
    redis.call('SET', KEYS[1], ARGV[3] .. epoch .. ARGV[4], 'PX', ARGV[5])
    ${addToTags(4, 6, 5)}
    return 1
  `,
});

/** KEYS entry, lease, meta, channel, tags. ARGV message, a new meta, prefix, the rest, ttl ms, now ms. */
export const storeGiven = defineScript({
  name: 'cache-store-given',
  lua: `
    local meta = redis.call('GET', KEYS[3])
    if not meta then
      meta = ARGV[2]
      redis.call('SET', KEYS[3], meta)
    end
    redis.call('SET', KEYS[1], ARGV[3] .. string.sub(meta, 1, ${epochLength}) .. ARGV[4], 'PX', ARGV[5])
    redis.call('DEL', KEYS[2])
    ${addToTags(5, 6, 5)}
    redis.call('PUBLISH', KEYS[4], ARGV[1])
    return 1
  `,
});

/** KEYS channel, then entries and their leases. ARGV message. */
export const forgetKeys = defineScript({
  name: 'cache-forget-keys',
  lua: `
    for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
    redis.call('PUBLISH', KEYS[1], ARGV[1])
    return 1
  `,
});

/** KEYS channel, meta, tags. ARGV message, a new fence, a new meta. The fence first: members must not come back. */
export const forgetTags = defineScript({
  name: 'cache-forget-tags',
  lua: `
    local meta = redis.call('GET', KEYS[2])
    if meta then meta = string.sub(meta, 1, ${epochLength}) .. ARGV[2] else meta = ARGV[3] end
    redis.call('SET', KEYS[2], meta)
    for i = 3, #KEYS do
      local members = redis.call('ZRANGE', KEYS[i], 0, -1)
      for from = 1, #members, 1000 do
        redis.call('UNLINK', unpack(members, from, math.min(from + 999, #members)))
      end
      redis.call('UNLINK', KEYS[i])
    end
    redis.call('PUBLISH', KEYS[1], ARGV[1])
    return 1
  `,
});

/** KEYS channel, meta. ARGV message, a new meta. */
export const forgetAll = defineScript({
  name: 'cache-forget-all',
  lua: `
    redis.call('SET', KEYS[2], ARGV[2])
    redis.call('PUBLISH', KEYS[1], ARGV[1])
    return 1
  `,
});

export const countReply = { wrongType: 'wrong-type', tooLarge: 'too-large' } as const;

/**
 * KEYS entry, lease, meta, channel, tags. ARGV message, a new meta, prefix, now ms, ttl ms, moments of a new entry
 * (bytes), by. The first count of an entry that processes may hold copies of tells them.
 */
export const countUp = defineScript({
  name: 'cache-count',
  lua: `
    local meta = redis.call('GET', KEYS[3])
    if not meta then
      meta = ARGV[2]
      redis.call('SET', KEYS[3], meta)
    end
    local epoch = string.sub(meta, 1, ${epochLength})
    local entry = redis.call('GET', KEYS[1])
    local value, head, isNew = 0, nil, true
    if entry and string.sub(entry, 1, ${epochAt}) == ARGV[3]
      and string.sub(entry, ${epochAt + 1}, ${epochAt + epochLength}) == epoch
      and struct.unpack('>d', string.sub(entry, 17, 24)) > tonumber(ARGV[4]) then
      local flags = string.byte(entry, ${flagsAt + 1})
      if flags % 16 ~= ${codecIds.nothing} then
        if flags % 16 ~= ${codecIds.integer} then return '${countReply.wrongType}' end
        isNew = false
        local from = ${headerBytes + 1}
        if math.floor(flags / 32) % 2 == 1 then from = from + 2 + struct.unpack('>H', string.sub(entry, from, from + 1)) end
        value = tonumber(string.sub(entry, from))
        head = string.sub(entry, 1, from - 1)
        if flags < ${liveFlag} then
          head = string.sub(head, 1, ${flagsAt}) .. string.char(flags + ${liveFlag}) .. string.sub(head, ${flagsAt + 2})
          redis.call('PUBLISH', KEYS[4], ARGV[1])
        end
      end
    end
    value = value + tonumber(ARGV[7])
    if math.abs(value) > 9007199254740991 then return '${countReply.tooLarge}' end
    local text = string.format('%.0f', value)
    redis.call('DEL', KEYS[2])
    if isNew then
      local flags = string.char(${codecIds.integer + liveFlag})
      redis.call('SET', KEYS[1], ARGV[3] .. epoch .. flags .. ARGV[6] .. text, 'PX', ARGV[5])
      redis.call('PUBLISH', KEYS[4], ARGV[1])
      ${addToTags(5, 4, 5)}
    else
      redis.call('SET', KEYS[1], head .. text, 'KEEPTTL')
    end
    return text
  `,
});
