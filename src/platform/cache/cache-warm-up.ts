import { setTimeout as sleep } from 'node:timers/promises';
import { type BaseService, backoffMs, type Health, healthy } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { CacheService, OpenNamespace } from './cache.service.js';

interface WarmUpOptions {
  readonly cache: Pick<CacheService, 'namespaces'>;
  readonly log: Logger;
}

const progressEvery = 0.1;
const retryMsMax = 30_000;
const retryMs = 500;

/**
 * Loads what namespaces want before anybody asks, each at its own pace, one key after the other. What is required is
 * tried until it is done and keeps the instance from being ready; the rest is tried once.
 */
export class CacheWarmUp implements BaseService {
  readonly name = 'cache-warm-up';
  readonly version = '1.0.0';
  readonly #options: WarmUpOptions;
  readonly #missing = new Set<string>();
  #stopping = new AbortController();
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: WarmUpOptions) {
    this.#options = options;
  }

  /** Does not wait for what it begins. */
  async initialize(): Promise<void> {
    this.#stopping = new AbortController();
    this.#missing.clear();
    const wanted = this.#options.cache.namespaces().filter(({ parts }) => parts.policy.warmUp);
    for (const { parts } of wanted) if (parts.policy.warmUp?.required) this.#missing.add(parts.name);
    this.#work = Promise.all(wanted.map((open) => this.#warm(open)));
  }

  async health(): Promise<Health> {
    if (this.#missing.size === 0) return healthy;
    return { status: 'unhealthy', detail: `not warm yet: ${[...this.#missing].join(', ')}` };
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the application is stopping'));
    await this.#work;
  }

  async #warm(open: OpenNamespace): Promise<void> {
    const { signal } = this.#stopping;
    const { name } = open.parts;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.#loadAll(open, signal);
        this.#missing.delete(name);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#options.log.warn({ namespace: name, attempt, err: error }, 'a cache could not be warmed up');
        if (!this.#missing.has(name)) return;
        await sleep(backoffMs(attempt, { baseMs: retryMs, maxMs: retryMsMax }), undefined, { signal }).catch(
          () => {},
        );
      }
    }
  }

  async #loadAll({ namespace, parts }: OpenNamespace, signal: AbortSignal): Promise<void> {
    const { warmUp } = parts.policy;
    if (!warmUp) return;
    const { log } = this.#options;
    const startMs = performance.now();
    const keys = await warmUp.keys(signal);
    const step = Math.max(1, Math.ceil(keys.length * progressEvery));
    for (const [index, key] of keys.entries()) {
      signal.throwIfAborted();
      await namespace.getOrLoad(key, warmUp.load);
      const done = index + 1;
      if (done % step === 0 && done < keys.length) {
        log.info({ namespace: parts.name, done, total: keys.length }, 'cache is warming up');
      }
      const waitMs = startMs + (done * 1_000) / warmUp.perSecond - performance.now();
      if (done < keys.length && waitMs > 0) await sleep(waitMs, undefined, { signal });
    }
    const durationMs = Math.round(performance.now() - startMs);
    log.info({ namespace: parts.name, total: keys.length, durationMs }, 'cache is warm');
  }
}
