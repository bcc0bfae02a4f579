import { randomBytes } from 'node:crypto';
import { currentContext } from '../context/index.js';
import type { Database, Tx } from '../database/index.js';
import { type BaseService, type Clock, type Health, healthy, newId } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Metrics } from '../metrics/index.js';
import {
  type Finding,
  type SealedTable,
  type SealedTables,
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
  /** Sealed tables of modules, known once all of them are set up. */
  readonly contributed?: SealedTables;
}

const saltBytes = 16;

export class AuditService implements Audit, AuditLog, BaseService {
  readonly name = 'audit';
  readonly version = '1.0.0';
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #metrics: AuditMetrics;
  readonly #options: AuditServiceOptions;
  readonly #sealerMetrics: SealerMetrics;
  #sealers: readonly Sealer[] | undefined;

  constructor(options: AuditServiceOptions) {
    const { database, clock, metrics } = options;
    this.#options = options;
    this.#database = database;
    this.#clock = clock;
    this.#metrics = new AuditMetrics(metrics, clock);
    this.#sealerMetrics = new SealerMetrics(metrics);
  }

  async initialize(): Promise<void> {
    this.#sealers ??= this.sealedTables().map((table) => this.#sealerOf(table));
    for (const sealer of this.#sealers) sealer.start();
  }

  async health(): Promise<Health> {
    const found = (this.#sealers ?? []).map((sealer) => sealer.health());
    return found.find(({ status }) => status !== 'healthy') ?? healthy;
  }

  async close(): Promise<void> {
    await Promise.all((this.#sealers ?? []).map((sealer) => sealer.stop()));
  }

  /** Its own first, then those of the modules. */
  sealedTables(): readonly SealedTable[] {
    return [auditTable, ...(this.#options.contributed?.all() ?? [])];
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

  async verifyAll(options: VerifyOptions): Promise<ReadonlyMap<string, Verification>> {
    const found = new Map<string, Verification>();
    for (const table of this.sealedTables()) {
      found.set(table.chain, await verifyChain(this.#database, table, options));
    }
    const chains = withoutStrangers(found);
    this.#metrics.verified(chains.get(auditTable.chain)?.ok ?? false);
    return chains;
  }

  #sealerOf(table: SealedTable): Sealer {
    const { database, clock, log, config } = this.#options;
    return new Sealer({
      ...{ database, clock, log, table },
      metrics: this.#sealerMetrics,
      config: {
        intervalMs: config.sealIntervalMs,
        rowsMax: config.sealRowsMax,
        sealsMax: config.sealsPerPassMax,
        lagSecondsMax: config.sealLagSecondsMax,
      },
    });
  }
}

/** An expected head is that of one chain: the others do not have to know it. */
function withoutStrangers(found: ReadonlyMap<string, Verification>): ReadonlyMap<string, Verification> {
  const isStranger = ({ kind }: Finding) => kind === 'head-unknown';
  if ([...found.values()].every(({ findings }) => findings.some(isStranger))) return found;
  return new Map(
    [...found].map(([chain, verification]) => {
      const findings = verification.findings.filter((finding) => !isStranger(finding));
      return [chain, { ...verification, ok: findings.length === 0, findings }];
    }),
  );
}
