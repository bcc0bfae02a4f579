import { type Database, tables } from '../../database/index.js';
import type { JobTables } from '../job.tables.js';

/** When the leases that somebody holds end. */
export async function leaseEnds(database: Database): Promise<(Date | null)[]> {
  const rows = await tables<JobTables>(database)
    .selectFrom('jobs')
    .select('lease_until')
    .where('lease_id', 'is not', null)
    .execute();
  return rows.map((row) => row.lease_until);
}
