export { canonicalHash } from './canonical-form.repository.js';
export { epochOf, raiseEpoch } from './seal.repository.js';
export type { SealedColumn, SealedTable } from './sealed-table.js';
export { SealedTables } from './sealed-tables.js';
export { Sealer, type SealerConfig } from './sealer.js';
export { SealerMetrics } from './sealer.metrics.js';
export { sealable, sealerMigrations } from './sealer.migrations.js';
export { type Finding, type Verification, type VerifyOptions, verifyChain } from './verify.js';
