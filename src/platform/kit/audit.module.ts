import {
  Audit,
  AuditLog,
  AuditService,
  auditCommands,
  auditConfig,
  auditMigrations,
} from '../audit/index.js';
import { Database, type Tx } from '../database/index.js';
import { Clock } from '../kernel/index.js';
import { defineModule } from '../module/index.js';
import { raiseEpoch, SealedTables, sealerMigrations } from '../sealer/index.js';

/** Another server counts its transactions from another number, so every chain begins a new epoch. */
async function beginAfterRestore(tx: Tx, audit: AuditService): Promise<void> {
  for (const { chain } of audit.sealedTables()) await raiseEpoch(tx, chain);
  const target = { type: 'database', id: 'all' };
  await audit.record(tx, { action: 'system.restored', actor: { kind: 'command' }, target });
}

export const auditModule = defineModule({
  name: 'audit',
  version: '1.0.0',
  summary: 'Who did what: records written with what they tell about, and sealed against changes.',
  criticality: 'required',
  needs: { database: Database, clock: Clock, contributed: SealedTables },
  provides: { audit: Audit, log: AuditLog },
  config: auditConfig,
  migrations: [...sealerMigrations, ...auditMigrations],
  setup: (deps) => {
    const service = new AuditService(deps);
    return {
      service,
      exposes: { audit: service, log: service },
      commands: auditCommands(service),
      restoreParticipants: [{ afterRestore: (tx) => beginAfterRestore(tx, service) }],
    };
  },
});
