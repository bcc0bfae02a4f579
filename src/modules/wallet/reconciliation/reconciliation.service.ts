import type { Audit, AuditActor } from '../../../platform/audit/index.js';
import type { Database } from '../../../platform/database/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { Report } from './mismatch.js';
import { findMismatches, findNewestReport, insertReport } from './reconciliation.repository.js';

interface ReconciliationDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly log: Logger;
}

/** Holds every balance against its postings and every frozen coin against its order. */
export class ReconciliationService {
  readonly #deps: ReconciliationDeps;

  constructor(deps: ReconciliationDeps) {
    this.#deps = deps;
  }

  /** Everything at one moment, while coins go on moving; the report is kept. Without an actor nobody asked for it. */
  async run(actor?: AuditActor): Promise<Report> {
    const { database, clock, audit, log } = this.#deps;
    const found = await database.withTransaction({ name: 'reconcile', mode: 'snapshot' }, findMismatches);
    const report = { checkedAt: clock.now(), ...found };
    const id = newId(report.checkedAt);
    await database.withTransaction({ name: 'keep-reconciliation' }, async (tx) => {
      await insertReport(tx, id, report);
      const target = { type: 'reconciliation', id };
      const after = { total: report.total };
      if (actor) await audit.record(tx, { action: 'wallet.reconciled', actor, target, after });
    });
    if (report.total > 0) {
      const { total, mismatches } = report;
      log.error({ total, mismatches: mismatches.slice(0, 10) }, 'the books of the wallet do not agree');
    }
    return report;
  }

  /** The newest report; undefined before the first. */
  newest(): Promise<Report | undefined> {
    return findNewestReport(this.#deps.database);
  }
}

export function reportView({ checkedAt, total, mismatches }: Report) {
  return {
    checkedAt: checkedAt.toISOString(),
    total,
    mismatches: mismatches.map((mismatch) => ({ ...mismatch })),
  };
}
