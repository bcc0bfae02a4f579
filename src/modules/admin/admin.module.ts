import { AuditLog } from '../../platform/audit/index.js';
import { EventStreamsPort, Exports } from '../../platform/http/index.js';
import { defineModule } from '../../platform/module/index.js';
import { adminConfig } from './admin.config.js';
import { adminErrors } from './admin.errors.js';
import { AdminService } from './admin.service.js';
import { auditLogRoutes } from './audit-log.routes.js';

export const adminModule = defineModule({
  name: 'admin',
  version: '1.0.0',
  summary: 'What the staff reads and decides',
  criticality: 'optional',
  needs: { auditLog: AuditLog, streams: EventStreamsPort, exports: Exports },
  config: adminConfig,
  errors: adminErrors,
  setup: (deps) => {
    const service = new AdminService(deps);
    return { service, exposes: {}, routes: auditLogRoutes(service) };
  },
});
