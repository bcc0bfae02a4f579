import type { Metrics } from '../../platform/metrics/index.js';

export type QuotaMetrics = ReturnType<typeof quotaMetrics>;

const readBucketsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

export function quotaMetrics(metrics: Metrics) {
  const denied = metrics.counter<'reason'>({
    name: 'ai_quota_denied_total',
    help: 'AI calls that the quota refused',
    labels: ['reason'],
  });
  for (const reason of ['exhausted', 'suspended']) denied.inc({ reason }, 0);
  const absorbedTokens = metrics.counter({
    name: 'ai_quota_absorbed_tokens_total',
    help: 'Tokens that calls cost beyond their ceiling and what the user had, paid by nobody',
  });
  const readDurationSeconds = metrics.histogram<'tier'>(
    {
      name: 'ai_quota_read_duration_seconds',
      help: 'Time to read the quota of a user, by where it was found',
      labels: ['tier'],
    },
    readBucketsSeconds,
  );
  return { denied, absorbedTokens, readDurationSeconds };
}
