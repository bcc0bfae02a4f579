import type { Readable } from 'node:stream';
import type { AuditFilter, AuditLog, AuditPosition, AuditRecord } from '../../platform/audit/index.js';
import type { EventStreams, Exports } from '../../platform/http/index.js';
import { type BaseService, type Health, healthy } from '../../platform/kernel/index.js';
import type { AdminConfig } from './admin.config.js';
import { auditLogLines } from './audit-log.export.js';
import { type AuditAnswer, AuditLogVerifier } from './audit-log.verifier.js';

interface AdminDeps {
  readonly auditLog: AuditLog;
  readonly streams: EventStreams;
  readonly exports: Exports;
  readonly config: AdminConfig;
}

/** What the staff looks at. It keeps nothing itself. */
export class AdminService implements BaseService {
  readonly name = 'admin';
  readonly version = '1.0.0';
  readonly #auditLog: AuditLog;
  readonly #exports: Exports;
  readonly #verifier: AuditLogVerifier;

  constructor(deps: AdminDeps) {
    this.#auditLog = deps.auditLog;
    this.#exports = deps.exports;
    this.#verifier = new AuditLogVerifier(deps);
  }

  async initialize(): Promise<void> {}

  /** It needs nothing but the modules that it asks, which speak for themselves. */
  async health(): Promise<Health> {
    return healthy;
  }

  async close(): Promise<void> {}

  /** Newest first. */
  auditRecords(
    filter: AuditFilter,
    page: { limit: number; after: AuditPosition | undefined },
  ): Promise<AuditRecord[]> {
    return this.#auditLog.list(filter, page);
  }

  exportAuditRecords(filter: AuditFilter): Promise<Readable> {
    return this.#exports.open(auditLogLines(this.#auditLog, filter));
  }

  verifyAuditLog(): Promise<AuditAnswer> {
    return this.#verifier.verify();
  }
}
