import type { Database } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { PersonalDataHolders } from '../../../platform/personal-data/index.js';

interface AccountExportDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly holders: PersonalDataHolders;
}

/**
 * Everything the platform keeps about a user as one JSON document, a piece at a time:
 * `{ "format", "version", "userId", "createdAt", "data": { <holder>: [ ... ] } }`.
 */
export async function* accountExport(
  { db, clock, holders }: AccountExportDeps,
  userId: string,
): AsyncGenerator<string> {
  const head = { format: 'qingyu-personal-data', version: 1, userId, createdAt: clock.now().toISOString() };
  yield `${JSON.stringify(head).slice(0, -1)},"data":{`;
  let separator = '\n';
  for (const holder of holders.all()) {
    yield `${separator}${JSON.stringify(holder.name)}:[`;
    let between = '\n';
    for await (const record of holder.export(db, userId)) {
      yield `${between}${JSON.stringify(record)}`;
      between = ',\n';
    }
    yield ']';
    separator = ',\n';
  }
  yield '\n}}\n';
}
