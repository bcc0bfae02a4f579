import type { Database } from '../../../platform/database/index.js';
import {
  type BaseService,
  type Clock,
  type Health,
  healthy,
  Wakeup,
} from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { Redis } from '../../../platform/redis/index.js';
import type { AuthConfig } from '../auth.config.js';
import type { RecordedChange } from './auth-change.js';
import { listMirroredChanges, type MirroredPosition } from './auth-changes.repository.js';
import type { TailListener } from './change-tail.js';
import { type MirrorCommand, mirroredCommand } from './revocation-mirror.domain.js';

interface RevocationMirrorDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly redis: Redis;
  readonly config: Pick<AuthConfig, 'accessToken'>;
  readonly log: Logger;
}

const pendingMax = 10_000;
const batchMax = 500;
/** Changes of a token's life that are written anew at most: beyond a million the rest is left out. */
const pagesMax = 2_000;
const retryMs = 1_000;
const channel = 'auth-changes';

/**
 * Keeps in Redis, for gateways outside, what this cluster refuses before it expires (docs/guides/gateway.md). Best effort: what
 * could not be written is written anew, all of it, when Redis is back. Nothing here reads it.
 */
export class RevocationMirror implements BaseService, TailListener {
  readonly name = 'auth-mirror';
  readonly version = '1.0.0';
  readonly #deps: RevocationMirrorDeps;
  readonly #wakeup = new Wakeup();
  #pending: RecordedChange[] = [];
  /** Something may be missing in Redis, so everything is written anew. */
  #isIncomplete = true;
  /** That it failed was said. */
  #trouble = false;
  #isStopping = true;
  #loop: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => {};

  constructor(deps: RevocationMirrorDeps) {
    this.#deps = deps;
  }

  async initialize(): Promise<void> {
    const { redis } = this.#deps;
    if (!redis.configured) return;
    this.#isStopping = false;
    this.#isIncomplete = true;
    this.#loop = this.#run();
    this.#unsubscribe = redis.subscribe(
      channel,
      () => {},
      () => this.lost(),
    );
  }

  /** That Redis is gone is for Redis to say. */
  async health(): Promise<Health> {
    return this.#deps.redis.configured
      ? healthy
      : { ...healthy, note: 'redis.url is not set: gateways are told of no revoked token' };
  }

  async close(): Promise<void> {
    this.#isStopping = true;
    this.#unsubscribe();
    this.#wakeup.wake();
    await this.#loop;
  }

  changed(changes: readonly RecordedChange[]): void {
    if (this.#isStopping) return;
    if (this.#pending.length + changes.length > pendingMax) this.lost();
    else this.#pending.push(...changes);
    this.#wakeup.wake();
  }

  lost(): void {
    this.#isIncomplete = true;
    this.#wakeup.wake();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const isDone = await this.#write();
      await this.#wakeup.wait(isDone ? Number.POSITIVE_INFINITY : retryMs);
    }
  }

  /** Whether Redis has everything now. */
  async #write(): Promise<boolean> {
    try {
      if (this.#isIncomplete) await this.#writeAnew();
      while (this.#pending.length > 0 && !this.#isIncomplete) {
        const isWritten = await this.#put(this.#pending.splice(0, batchMax));
        this.#isIncomplete ||= !isWritten;
      }
      this.#trouble = false;
    } catch (err) {
      this.#isIncomplete = true;
      if (!this.#trouble)
        this.#deps.log.warn({ err }, 'revoked tokens are not mirrored to Redis, trying again');
      this.#trouble = true;
    }
    return !this.#isIncomplete;
  }

  async #writeAnew(): Promise<void> {
    if (!this.#deps.redis.available) return;
    // What comes from here on is written after it.
    this.#isIncomplete = false;
    this.#pending = [];
    const isWritten = await this.#writeAll();
    this.#isIncomplete ||= !isWritten;
  }

  async #writeAll(): Promise<boolean> {
    const { db, clock } = this.#deps;
    const since = new Date(clock.now().getTime() - this.#lifeMs);
    let after: MirroredPosition | undefined;
    for (let pages = 0; pages < pagesMax && !this.#isStopping; pages += 1) {
      const page = await listMirroredChanges(db, since, { after, limit: batchMax });
      if (!(await this.#put(page))) return false;
      after = page.at(-1);
      if (page.length < batchMax) break;
    }
    return true;
  }

  async #put(changes: readonly RecordedChange[]): Promise<boolean> {
    const { redis, clock } = this.#deps;
    const nowMs = clock.now().getTime();
    const commands = changes
      .map((change) => mirroredCommand(change, change.recordedAt.getTime() + this.#lifeMs - nowMs))
      .filter((command): command is MirrorCommand => command !== undefined);
    const reply = await redis.pipeline(commands);
    return reply.available && reply.value.every(({ available }) => available);
  }

  get #lifeMs(): number {
    const { ttlSeconds, clockToleranceSeconds } = this.#deps.config.accessToken;
    return (ttlSeconds + clockToleranceSeconds) * 1000;
  }
}
