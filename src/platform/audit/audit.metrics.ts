import type { Clock } from '../kernel/index.js';
import type { Metrics } from '../metrics/index.js';

export class AuditMetrics {
  readonly #records;
  readonly #verified;
  readonly #verifiedAt;
  readonly #clock: Clock;

  constructor(metrics: Metrics, clock: Clock) {
    this.#clock = clock;
    this.#records = metrics.counter({
      name: 'audit_records_total',
      help: 'Audit records that were committed',
    });
    this.#verified = metrics.gauge({
      name: 'audit_verify_ok',
      help: 'Result of the last verification by this instance: 1 intact, 0 broken, -1 none yet',
    });
    this.#verifiedAt = metrics.gauge({
      name: 'audit_verify_timestamp_seconds',
      help: 'When this instance last verified the audit log; 0 for never',
    });
    this.#verified.set(-1);
  }

  recorded(): void {
    this.#records.inc();
  }

  verified(ok: boolean): void {
    this.#verified.set(ok ? 1 : 0);
    this.#verifiedAt.set(this.#clock.now().getTime() / 1000);
  }
}
