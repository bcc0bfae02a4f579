import type { Metrics } from '../metrics/index.js';
import type { MemoryStore } from './memory-store.js';
import { loadBucketsSeconds, type NamespaceStats, readOutcomes, tiers } from './namespace-stats.js';
import type { OutageJournal } from './outage-journal.js';

export interface Counted {
  readonly name: string;
  readonly memory: Pick<MemoryStore<unknown>, 'size' | 'bytes' | 'evictions'>;
  readonly journal: OutageJournal;
  readonly stats: NamespaceStats;
}

/** Read at a scrape from plain numbers. `namespaces` grows while the application is wired. */
export function registerCacheMetrics(metrics: Metrics, namespaces: () => Iterable<Counted>): void {
  const gauge = (name: string, help: string, read: (one: Counted) => number) =>
    metrics.gauge({ name, help, labels: ['namespace'] }, (series) => {
      series.reset();
      for (const one of namespaces()) series.set({ namespace: one.name }, read(one));
    });
  const counter = (name: string, help: string, read: (one: Counted) => number) =>
    metrics.counter({ name, help, labels: ['namespace'] }, (series) => {
      series.reset();
      for (const one of namespaces()) series.inc({ namespace: one.name }, read(one));
    });
  metrics.counter(
    {
      name: 'cache_requests_total',
      help: 'Reads by where they were looked for and what came of it',
      labels: ['namespace', 'tier', 'outcome'],
    },
    (series) => {
      series.reset();
      for (const { name: namespace, stats } of namespaces()) {
        for (const tier of tiers) {
          for (const outcome of readOutcomes) {
            series.inc({ namespace, tier, outcome }, stats.reads[tier][outcome]);
          }
        }
      }
    },
  );
  metrics.plainHistogram(
    {
      name: 'cache_load_duration_seconds',
      help: 'How long the source took for a value',
      labels: ['namespace'],
    },
    loadBucketsSeconds,
    () =>
      [...namespaces()].map(({ name, stats }) => ({
        labels: { namespace: name },
        buckets: stats.loadBuckets,
        sum: stats.loadSeconds,
      })),
  );
  gauge('cache_entries', 'Entries that this process holds', ({ memory }) => memory.size);
  gauge('cache_bytes', 'What they take, roughly', ({ memory }) => memory.bytes);
  gauge('cache_changes_pending', 'Changes that Redis has not been told yet', ({ journal }) => journal.size);
  counter('cache_evictions_total', 'Entries dropped for want of room', ({ memory }) => memory.evictions);
  counter(
    'cache_loads_coalesced_total',
    'Callers who got what another one loaded',
    ({ stats }) => stats.coalesced,
  );
  counter(
    'cache_loads_superseded_total',
    'Loaded values that were not kept, because a change came between',
    ({ stats }) => stats.superseded,
  );
}
