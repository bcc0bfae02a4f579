import { randomBytes } from 'node:crypto';
import { currentContext } from '../context/index.js';
import type { Database, Tx } from '../database/index.js';
import { type BaseService, type Clock, type Health, newId } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Metrics } from '../metrics/index.js';
import {
  Sealer,
  SealerMetrics,
  type Verification,
  type VerifyOptions,
  verifyChain,
} from '../sealer/index.js';
import type { AuditConfig } from './audit.config.js';
import { AuditMetrics } from './audit.metrics.js';
import type { Audit, AuditActor, AuditEntry, AuditFilter, AuditLog, AuditPosition } from './audit.port.js';
import { deleteDetails, findRecords, insertRecord } from './audit.repository.js';
import { auditTable } from './audit.tables.js';
import { checkEntry, detailTexts } from './entry.js';

export interface AuditServiceOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly config: AuditConfig;
}

const saltBytes = 16;

export class AuditService implements Audit, AuditLog, BaseService {
  readonly name = 'audit';
  readonly version = '1.0.0';
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #metrics: AuditMetrics;
  readonly #sealer: Sealer;

  constructor({ database, clock, log, metrics, config }: AuditServiceOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#metrics = new AuditMetrics(metrics, clock);
    this.#sealer = new Sealer({
      ...{ database, clock, log },
      table: auditTable,
      metrics: new SealerMetrics(metrics),
      config: {
        intervalMs: config.sealIntervalMs,
        rowsMax: config.sealRowsMax,
        sealsMax: config.sealsPerPassMax,
        lagSecondsMax: config.sealLagSecondsMax,
      },
    });
  }

  async initialize(): Promise<void> {
    this.#sealer.start();
  }

  async health(): Promise<Health> {
    return this.#sealer.health();
  }

  async close(): Promise<void> {
    await this.#sealer.stop();
  }

  async record(tx: Tx, entry: AuditEntry): Promise<string> {
    checkEntry(entry);
    const { action, actor, target } = entry;
    const { requestId, traceId } = currentContext();
    const recordedAt = this.#clock.now();
    const id = newId(recordedAt);
    const texts = detailTexts(entry);
    await insertRecord(tx, {
      ...{ id, recordedAt, action, requestId, traceId },
      actorKind: actor.kind,
      actorId: actor.kind === 'user' ? actor.userId : undefined,
      targetType: target.type,
      targetId: target.id,
      details: texts && { ...texts, salt: randomBytes(saltBytes) },
    });
    tx.afterCommit(() => this.#metrics.recorded());
    return id;
  }

  async erase(tx: Tx, userId: string, actor: AuditActor): Promise<number> {
    const records = await deleteDetails(tx, userId);
    const target = { type: 'user', id: userId };
    await this.record(tx, { action: 'audit.details-erased', actor, target, detail: { records } });
    return records;
  }

  list(filter: AuditFilter, page: { limit: number; after?: AuditPosition | undefined }) {
    return findRecords(this.#database, filter, page);
  }

  async verify(options: VerifyOptions): Promise<Verification> {
    const verification = await verifyChain(this.#database, auditTable, options);
    this.#metrics.verified(verification.ok);
    return verification;
  }
}
