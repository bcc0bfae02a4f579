import type { NamespaceReport } from './cache-board.js';
import type { NamespaceParts } from './cached-namespace.js';

export function reportOf({ name, memory, policy, stats, journal }: NamespaceParts<unknown>): NamespaceReport {
  const { reads, loadBuckets, loadSeconds, coalesced, superseded } = stats;
  const found = [reads.memory, reads.redis].reduce((sum, { hit, negative }) => sum + hit + negative, 0);
  const all = found + reads.memory.stale + reads.source.hit + reads.source.negative + reads.source.error;
  return {
    name,
    entries: memory.size,
    bytes: memory.bytes,
    entriesMax: policy.entriesMax,
    bytesMax: policy.bytesMax,
    evictions: memory.evictions,
    reads,
    hitRate: all === 0 ? undefined : (found + reads.memory.stale) / all,
    loads: loadBuckets.reduce((sum, count) => sum + count, 0),
    loadSeconds,
    coalesced,
    superseded,
    pendingChanges: journal.size,
  };
}
