import { createHash } from 'node:crypto';
import type { Audit } from '../audit/index.js';
import type { AppliedStep, Database, Schema, Tx } from '../database/index.js';
import { exists } from '../files/index.js';
import type { Clock } from '../kernel/index.js';
import type { SecretHolders } from '../secrets/index.js';
import { backupErrors } from './backup.errors.js';
import { type BackupSink, openSink, writeCompressed } from './backup-file.js';
import { type BackupHeader, formatName, formatVersion } from './format.domain.js';
import { type Snapshot, withSnapshot } from './snapshot.js';

export interface CommandCall {
  /** Absolute. */
  readonly path: string;
  readonly signal: AbortSignal;
  progress(step: { label: string; done: number; total: number }): void;
}

interface BackupDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly schema: Schema;
  readonly holders: SecretHolders;
  readonly audit: Audit;
  /** The release that writes. */
  readonly application: string;
}

export interface BackupResult {
  readonly path: string;
  readonly createdAt: string;
  readonly tables: number;
  readonly rows: number;
  readonly secretKeys: readonly string[];
}

interface Looked {
  readonly migrations: readonly AppliedStep[];
  readonly secretKeys: readonly string[];
}

/** Writes all that is in the tables into one file, as of one moment, while the server goes on. */
export class BackupService {
  readonly #deps: BackupDeps;
  readonly #openSink: typeof openSink;

  /** `sink` is replaced by tests of a disk that fills up. */
  constructor(deps: BackupDeps, sink: typeof openSink = openSink) {
    this.#deps = deps;
    this.#openSink = sink;
  }

  /**
   * The file appears complete, readable by this user only, or not at all. Raises backup-file-exists unless
   * `replace`, and backup-not-writable.
   */
  async backup({ replace, ...call }: CommandCall & { readonly replace: boolean }): Promise<BackupResult> {
    const { path } = call;
    if (!replace && (await exists(path))) throw backupErrors.fileExists({ params: { path } });
    const sink: BackupSink = await this.#openSink(path, { replace });
    try {
      await this.#recordBegin();
      return await withSnapshot(
        this.#deps.db,
        { wanted: (name) => this.#deps.schema.tables.has(name), look: (tx) => this.#look(tx) },
        (snapshot) => this.#write(snapshot, sink, call),
      );
    } finally {
      await sink.discard().catch(() => {});
    }
  }

  /** Whoever has the file has everything, so the log tells before there is anything to have. */
  async #recordBegin(): Promise<void> {
    const { db, audit } = this.#deps;
    const target = { type: 'database', id: 'all' };
    await db.withTransaction({ name: 'record-backup' }, (tx) =>
      audit.record(tx, { action: 'system.backup-begun', actor: { kind: 'command' }, target }),
    );
  }

  async #look(tx: Tx): Promise<Looked> {
    const { schema, holders } = this.#deps;
    const uses = [];
    for (const holder of holders.all()) uses.push(...(await holder.keysInUse(tx)));
    const keys = uses.flatMap(({ keyId }) => (keyId === null ? [] : [keyId]));
    return { migrations: await schema.applied(tx), secretKeys: [...new Set(keys)].sort() };
  }

  async #write(snapshot: Snapshot<Looked>, sink: BackupSink, call: CommandCall): Promise<BackupResult> {
    const header = this.#header(snapshot.looked);
    const counts: Record<string, number> = {};
    await writeCompressed(call.path, sink, textOf(snapshot, header, counts, call));
    return {
      path: call.path,
      createdAt: header.createdAt,
      tables: snapshot.tables.length,
      rows: Object.values(counts).reduce((sum, count) => sum + count, 0),
      secretKeys: header.secretKeys,
    };
  }

  #header({ migrations, secretKeys }: Looked): BackupHeader {
    const { clock, application, db } = this.#deps;
    return {
      ...{ format: formatName, version: formatVersion, application, engine: db.engine },
      createdAt: clock.now().toISOString(),
      migrations: migrations.map(({ id, checksum }) => ({ id, checksum })),
      secretKeys: [...secretKeys],
    };
  }
}

/** The uncompressed content, piece by piece; `counts` is filled on the way. */
async function* textOf(
  { tables, sequences, rows }: Snapshot<Looked>,
  header: BackupHeader,
  counts: Record<string, number>,
  { signal, progress }: CommandCall,
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const counted = (text: string) => {
    hash.update(text);
    return text;
  };
  const record = (value: object) => counted(`${JSON.stringify(value)}\n`);
  yield record(header);
  for (const [index, table] of tables.entries()) {
    progress({ label: table.name, done: index, total: tables.length });
    counts[table.name] = 0;
    yield record({ table: table.name, columns: table.columns.map(({ name }) => name) });
    for await (const batch of rows(table)) {
      signal.throwIfAborted();
      counts[table.name] = (counts[table.name] ?? 0) + batch.length;
      yield counted(`${batch.join('\n')}\n`);
    }
  }
  yield record({ sequences });
  yield `${JSON.stringify({ rows: counts, sha256: hash.digest('hex') })}\n`;
  progress({ label: 'done', done: tables.length, total: tables.length });
}
