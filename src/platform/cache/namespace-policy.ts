import type { CacheConfig } from './cache.config.js';
import type { NamespaceOptions } from './cache.js';

/** What a namespace does, with every default filled in. */
export interface NamespacePolicy<T> extends Required<Omit<NamespaceOptions<T>, 'warmUp' | 'tags'>> {
  readonly tags: NonNullable<NamespaceOptions<T>['tags']>;
  readonly warmUp: NamespaceOptions<T>['warmUp'];
}

const versionMax = 65_535;
const jitterMax = 0.5;
const warmUpPerSecondMax = 10_000;

/** Raises an error that names what is out of bounds. */
export function policyOf<T>(options: NamespaceOptions<T>, config: CacheConfig): NamespacePolicy<T> {
  const policy: NamespacePolicy<T> = {
    tiers: 'both',
    codec: 'msgpack',
    tags: [],
    warmUp: undefined,
    jitter: config.jitterPercent / 100,
    refreshAfter: config.refreshAfterPercent / 100,
    graceMs: config.graceMs,
    negativeTtlMs: config.negativeTtlMs,
    softLimitMs: config.softLimitMs,
    hardLimitMs: config.hardLimitMs,
    entriesMax: config.memory.entriesMax,
    bytesMax: config.memory.bytesMax,
    memoryAgeMs: config.memory.ageMs,
    ...options,
  };
  const { name, version, ttlMs, jitter, refreshAfter, warmUp } = policy;
  const check = (isRight: boolean, what: string) => {
    if (!isRight) throw new RangeError(`The cache namespace ${JSON.stringify(name)} is wrong: ${what}.`);
  };
  check(/^[a-z][a-z0-9-]{0,63}$/.test(name), 'its name must be kebab-case, at most 64 characters');
  check(
    Number.isInteger(version) && version >= 1 && version <= versionMax,
    `version must be 1 to ${versionMax}`,
  );
  check(typeof ttlMs === 'function' || ttlMs > 0, 'ttlMs must be above 0');
  check(jitter >= 0 && jitter <= jitterMax, `jitter must be 0 to ${jitterMax}`);
  check(refreshAfter > 0 && refreshAfter <= 1, 'refreshAfter must be above 0, at most 1');
  const perSecond = warmUp?.perSecond ?? 1;
  check(
    perSecond > 0 && perSecond <= warmUpPerSecondMax,
    `perSecond must be above 0, at most ${warmUpPerSecondMax}`,
  );
  return policy;
}
