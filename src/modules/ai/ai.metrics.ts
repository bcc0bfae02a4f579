import type { Metrics } from '../../platform/metrics/index.js';
import type { Usage } from './call.domain.js';

/**
 * `failed`: before the first token. `interrupted`: after it. `denied`: by the quota. `unsettled`: the
 * charge could not be written.
 */
export type CallOutcome = 'ok' | 'failed' | 'interrupted' | 'abandoned' | 'shutdown' | 'denied' | 'unsettled';

export interface CallLabels {
  readonly provider: string;
  readonly model: string;
  readonly operation: string;
}

export type AiMetrics = ReturnType<typeof aiMetrics>;

export function aiMetrics(metrics: Metrics) {
  const requests = metrics.counter({
    name: 'ai_requests_total',
    help: 'AI calls that ended, and those that the quota denied',
    labels: ['provider', 'model', 'operation', 'outcome'],
  });
  const durations = metrics.histogram(
    { name: 'ai_request_duration_seconds', help: 'From the reservation to the end of an AI call' },
    [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  );
  const firstTokens = metrics.histogram(
    { name: 'ai_time_to_first_token_seconds', help: 'From the call of a provider to its first text' },
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
  );
  const tokens = metrics.counter({
    name: 'ai_tokens_total',
    help: 'Tokens of settled AI calls',
    labels: ['model', 'kind'],
  });
  return {
    ended: (labels: CallLabels, outcome: CallOutcome) => requests.inc({ ...labels, outcome }),
    lasted: (seconds: number) => durations.observe(seconds),
    firstToken: (seconds: number) => firstTokens.observe(seconds),
    settled(model: string, used: Usage & { readonly chargedTokens: number }) {
      tokens.inc({ model, kind: 'prompt' }, used.promptTokens);
      tokens.inc({ model, kind: 'completion' }, used.completionTokens);
      tokens.inc({ model, kind: 'charged' }, used.chargedTokens);
    },
  };
}
