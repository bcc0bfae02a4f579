import type { AppliedStep, Database, Queryable, Schema, Tx } from '../database/index.js';
import type { Secrets } from '../secrets/index.js';
import { backupErrors } from './backup.errors.js';
import type { CommandCall } from './backup.service.js';
import { damaged } from './backup-file.js';
import { readBackup } from './backup-reader.js';
import {
  checkConstraints,
  emptyTables,
  listTables,
  listTriggers,
  setSequence,
  switchTriggers,
  type Table,
} from './catalog.repository.js';
import type { BackupHeader } from './format.domain.js';
import type { RestoreParticipants } from './restore-participant.js';
import { fixTextForm, insertRows } from './rows.repository.js';

interface RestoreDeps {
  readonly db: Database;
  readonly schema: Schema;
  readonly secrets: Secrets;
  readonly participants: RestoreParticipants;
}

export interface RestoreResult {
  /** Release and engine that the backup was made by, and when. */
  readonly application: string;
  readonly engine: string;
  readonly createdAt: string;
  readonly rows: number;
  readonly secretKeys: readonly string[];
  /** Migrations that the backup did not have. */
  readonly migrated: readonly string[];
}

/** Puts what a backup holds in the place of an installation that nobody uses yet, as a whole or not at all. */
export class RestoreService {
  readonly #deps: RestoreDeps;

  constructor(deps: RestoreDeps) {
    this.#deps = deps;
  }

  /**
   * The file is checked from end to end first. Then the schema that it was made on is made anew, its rows
   * are put in and the later migrations applied, in one transaction. Raises the errors of `backupErrors`.
   */
  async restore(call: CommandCall): Promise<RestoreResult> {
    const header = await checkFile(call);
    this.#refuseOtherSchema(header);
    this.#refuseMissingKey(header);
    await this.#refuseOccupied(this.#deps.db);
    const { rows, migrated } = await this.#deps.db.withTransaction({ name: 'restore' }, (tx) =>
      this.#load(tx, header, call),
    );
    const { application, engine, createdAt, secretKeys } = header;
    return { application, engine, createdAt, rows, secretKeys, migrated };
  }

  #refuseOtherSchema({ application, migrations }: BackupHeader): void {
    const foreign = this.#deps.schema.foreign(stepsOf(migrations));
    if (foreign.length === 0) return;
    throw backupErrors.otherSchema({ params: { application, migrations: foreign.join(', ') } });
  }

  #refuseMissingKey({ secretKeys }: BackupHeader): void {
    const missing = secretKeys.filter((keyId) => !this.#deps.secrets.hasKey(keyId));
    if (missing.length > 0) throw backupErrors.keyMissing({ params: { missing: missing.join(', ') } });
  }

  async #refuseOccupied(where: Queryable): Promise<void> {
    for (const participant of this.#deps.participants.all()) {
      const found = await participant.occupiedBy?.(where);
      if (found !== undefined) throw backupErrors.targetInUse({ params: { found } });
    }
  }

  async #load(tx: Tx, header: BackupHeader, call: CommandCall) {
    const { schema, participants } = this.#deps;
    await schema.freeze(tx);
    // Between the first look and the lock somebody may have come.
    await this.#refuseOccupied(tx);
    await schema.rebuild(tx, stepsOf(header.migrations));
    await fixTextForm(tx);
    const tables = await this.#ownTables(tx);
    const triggers = await listTriggers(tx);
    await switchTriggers(tx, triggers, 'disable');
    await emptyTables(tx, [...tables.keys()]);
    const rows = await insertAll(tx, tables, call);
    await checkConstraints(tx);
    await switchTriggers(tx, triggers, 'enable');
    const migrated = await schema.complete(tx);
    for (const participant of participants.all()) await participant.afterRestore?.(tx);
    return { rows, migrated };
  }

  async #ownTables(tx: Tx): Promise<ReadonlyMap<string, Table>> {
    const all = await listTables(tx);
    return new Map(
      all.filter(({ name }) => this.#deps.schema.tables.has(name)).map((table) => [table.name, table]),
    );
  }
}

function stepsOf(migrations: BackupHeader['migrations']): AppliedStep[] {
  return migrations.map(({ id, checksum }) => ({ id, checksum, min_code: null }));
}

async function checkFile({ path, signal, progress }: CommandCall): Promise<BackupHeader> {
  let header: BackupHeader | undefined;
  const read = (done: number, total: number) => progress({ label: 'checking', done, total });
  for await (const item of readBackup(path, read)) {
    signal.throwIfAborted();
    if (item.kind === 'header') header = item.header;
    else if (!header) throw damaged(path, 'its beginning is missing');
  }
  return header as BackupHeader;
}

async function insertAll(tx: Tx, tables: ReadonlyMap<string, Table>, call: CommandCall): Promise<number> {
  const { path, signal } = call;
  let label = 'restoring';
  let columns: Table['columns'] = [];
  let inserted = 0;
  const read = (done: number, total: number) => call.progress({ label, done, total });
  for await (const item of readBackup(path, read)) {
    signal.throwIfAborted();
    if (item.kind === 'table') {
      const { table, columns: names } = item.start;
      label = table;
      columns = columnsOf(path, tables.get(table), item.start.table, names);
    } else if (item.kind === 'rows') {
      await insertRows(tx, label, columns, item.rows);
      inserted += item.rows.length;
    } else if (item.kind === 'sequences') {
      for (const state of item.sequences) await setSequence(tx, state);
    }
  }
  return inserted;
}

/** The columns in the order of the file; each name is one that the database itself gave. */
function columnsOf(path: string, table: Table | undefined, name: string, names: readonly string[]) {
  const known = new Map(table?.columns.map((column) => [column.name, column]));
  const columns = names.flatMap((column) => known.get(column) ?? []);
  if (!table || columns.length !== names.length || columns.length !== known.size) {
    throw damaged(path, `the table ${name} in it is not as its migrations made it`);
  }
  return columns;
}
