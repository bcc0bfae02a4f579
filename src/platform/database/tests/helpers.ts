import { onTestFinished } from 'vitest';
import { createPostgresDatabase, startService } from '../../../testing/databases.js';
import { Metrics } from '../../metrics/index.js';
import type { DatabaseConfig, DatabaseEngine, DatabaseService, Migration } from '../index.js';

export interface ItemTables {
  items: { id: number; label: string | null; amount: number };
}

export const itemMigrations: readonly Migration[] = [
  {
    id: '0001-items',
    up: `create table items (
      id bigint primary key,
      label text,
      amount bigint not null default 0,
      constraint items_label_unique unique (label),
      constraint items_amount_positive check (amount >= 0)
    )`,
  },
];

/** A service of its own with its metrics, on an empty database; closed after the test. */
export async function serviceForTest(
  engine: DatabaseEngine,
  values: Partial<DatabaseConfig> = {},
): Promise<{ service: DatabaseService; metrics: Metrics }> {
  const metrics = new Metrics();
  const server = engine === 'postgres' ? await createPostgresDatabase() : undefined;
  const service = await startService(
    { dataDir: undefined, ...(server && { url: server.url }), ...values },
    { metrics },
  );
  onTestFinished(async () => {
    await service.close();
    await server?.drop();
  });
  return { service, metrics };
}

/** A promise with its resolver: tests wait for events, not for time. */
export function signal(): { readonly promise: Promise<void>; readonly give: () => void } {
  let give = () => {};
  const promise = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { promise, give };
}
