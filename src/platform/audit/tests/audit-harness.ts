import { pino } from 'pino';
import { Value } from 'typebox/value';
import { expect, vi } from 'vitest';
import type { OpenDatabase } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import type { Database } from '../../database/index.js';
import { Metrics } from '../../metrics/index.js';
import { sealerMigrations, type Verification } from '../../sealer/index.js';
import { type AuditActor, type AuditEntry, AuditService, auditConfig, auditMigrations } from '../index.js';

export const userId = '01956e2f-5c00-7000-8000-000000000001';
export const otherId = '01956e2f-5c00-7000-8000-000000000002';
const admin: AuditActor = { kind: 'user', userId: otherId, address: '203.0.113.9' };

export const banned: AuditEntry = {
  action: 'auth.user-banned',
  actor: admin,
  target: { type: 'user', id: userId },
  before: { status: 'active' },
  after: { status: 'banned' },
  reason: '刷量',
};

/** The audit log on a database of its own; it seals when it is told to. */
export class AuditHarness {
  readonly clock = new FakeClock();
  readonly metrics = new Metrics();
  readonly db: Database;
  readonly service: AuditService;

  private constructor(db: Database) {
    this.db = db;
    this.service = new AuditService({
      ...{ database: db, clock: this.clock, metrics: this.metrics },
      log: pino({ level: 'silent' }),
      config: { ...Value.Create(auditConfig), sealIntervalMs: 20 },
    });
  }

  static async start(open: OpenDatabase): Promise<AuditHarness> {
    return new AuditHarness(await open({ migrations: [...sealerMigrations, ...auditMigrations] }));
  }

  record(entry: Partial<AuditEntry> = {}): Promise<string> {
    return this.db.withTransaction({ name: 'do-something' }, (tx) =>
      this.service.record(tx, { ...banned, ...entry }),
    );
  }

  list = (filter = {}, limit = 100) => this.service.list(filter, { limit });

  verify(): Promise<Verification> {
    return this.service.verify({ signal: AbortSignal.timeout(30_000) });
  }

  /** Runs the sealer until every record has its seal. */
  async sealAll(): Promise<void> {
    await this.service.initialize();
    try {
      await vi.waitFor(async () => expect((await this.verify()).unsealed).toBe(0), { timeout: 20_000 });
    } finally {
      await this.service.close();
    }
  }
}
