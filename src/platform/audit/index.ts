export { auditCommands } from './audit.commands.js';
export { type AuditConfig, auditConfig } from './audit.config.js';
export { auditMigrations } from './audit.migrations.js';
export {
  Audit,
  type AuditActor,
  type AuditEntry,
  type AuditFilter,
  AuditLog,
  type AuditPosition,
  type AuditRecord,
  type UserActor,
} from './audit.port.js';
export { AuditService } from './audit.service.js';
export { auditTable } from './audit.tables.js';
export { actorOf } from './request-actor.js';
