import { defineScript, type Redis } from '../redis/index.js';
import type { Admission } from './local-counts.js';
import { type Rate, viewAt } from './sliding-window.domain.js';

/** `viewAt` and `admits` once more, where they are atomic over all instances. A refused call writes nothing. */
const slidingWindow = defineScript({
  name: 'rate-limit',
  lua: `
    local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    local index = math.floor(now / window)
    local elapsed = now - index * window
    local current, previous = 0, 0
    local stored = redis.call('GET', KEYS[1])
    if stored then
      local i, c, p = string.match(stored, '^(%d+) (%d+) (%d+)$')
      local age = index - tonumber(i)
      if age == 0 then
        current, previous = tonumber(c), tonumber(p)
      elseif age == -1 then
        index, elapsed, current, previous = tonumber(i), 0, tonumber(c), tonumber(p)
      elseif age == 1 then
        previous = tonumber(c)
      end
    end
    if previous * (window - elapsed) + (current + 1) * window > limit * window then
      return {0, index, current, previous}
    end
    current = current + 1
    redis.call('SET', KEYS[1], string.format('%.0f %.0f %.0f', index, current, previous), 'PX', 2 * window)
    return {1, index, current, previous}
  `,
});

/**
 * The counts in Redis, shared by all instances. After a failure it is left alone for `pauseMs`, then tried with one
 * call at a time, so that a server that stalls costs one caller the deadline and not every one.
 */
export class SharedCounts {
  readonly #redis: Redis;
  readonly #pauseMs: number;
  /** Undefined while Redis answers. */
  #pausedUntilMs: number | undefined;
  #trying = false;

  constructor(redis: Redis, pauseMs: number) {
    this.#redis = redis;
    this.#pauseMs = pauseMs;
  }

  /** Whether the next call is to be decided here; when true, `take` follows. */
  takesNext(): boolean {
    if (!this.#redis.available) return false;
    if (this.#pausedUntilMs === undefined) return true;
    if (this.#trying || performance.now() < this.#pausedUntilMs) return false;
    this.#trying = true;
    return true;
  }

  /** As LocalCounts does; undefined when Redis did not answer, in which case it may have counted. */
  async take(key: string, rate: Rate, nowMs: number): Promise<Admission | undefined> {
    const reply = await this.#redis.run(
      slidingWindow,
      [`rate-limit:${key}`],
      [nowMs, rate.windowMs, rate.limit],
    );
    this.#trying = false;
    this.#pausedUntilMs = reply.available ? undefined : performance.now() + this.#pauseMs;
    if (!reply.available) return undefined;
    const [allowed, index, current, previous] = reply.value as [number, number, number, number];
    return { allowed: allowed === 1, view: viewAt({ index, current, previous }, nowMs, rate.windowMs) };
  }
}
