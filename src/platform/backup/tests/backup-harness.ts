import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import {
  createPostgresDatabase,
  type OpenDatabase,
  startService,
  testDatabaseConfig,
} from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { RecordingAudit } from '../../../testing/recording-audit.js';
import { secretsWith } from '../../../testing/secrets.js';
import { type DatabaseEngine, type Migration, migrate, SchemaService } from '../../database/index.js';
import type { SecretHolder, Secrets } from '../../secrets/index.js';
import { BackupService } from '../backup.service.js';
import type { openSink } from '../backup-file.js';
import { RestoreService } from '../restore.service.js';
import type { RestoreParticipant } from '../restore-participant.js';
import { contentOf, runSql } from './content.repository.js';

const log = pino({ level: 'silent' });

interface InstallationOptions {
  readonly migrations: readonly Migration[];
  readonly participants?: readonly RestoreParticipant[];
  readonly holders?: readonly SecretHolder[];
  readonly secrets?: Secrets;
  readonly sink?: typeof openSink;
}

export interface Call {
  readonly signal?: AbortSignal;
  readonly replace?: boolean;
  readonly progress?: (step: { label: string; done: number; total: number }) => void;
}

/** A database that no other suite shares, of either engine; gone after the test. */
export function ownDatabase(engine: DatabaseEngine): OpenDatabase {
  return async ({ migrations = [] } = {}) => {
    const server = engine === 'postgres' ? await createPostgresDatabase() : undefined;
    const service = await startService({ dataDir: undefined, ...(server && { url: server.url }) });
    onTestFinished(async () => {
      await service.close();
      await server?.drop();
    });
    await migrate(service.database, migrations, { clock: new FakeClock(), log, holder: 'test' });
    return service.database;
  };
}

/** A migrated database with what backs it up and restores it. */
export async function openInstallation(open: OpenDatabase, options: InstallationOptions) {
  const { migrations, participants = [], holders = [], sink } = options;
  const db = await open({ migrations });
  const clock = new FakeClock();
  const config = testDatabaseConfig();
  const { schema } = new SchemaService({ database: db, migrations, clock, holder: 'test', config, log });
  const application = '1.2.3';
  const all = { all: () => holders };
  const backups = new BackupService(
    { db, clock, schema, holders: all, audit: new RecordingAudit(), application },
    sink,
  );
  const secrets = options.secrets ?? (await secretsWith());
  const restores = new RestoreService({ db, schema, secrets, participants: { all: () => participants } });
  const quiet = { signal: new AbortController().signal, progress: () => {} };
  return {
    db,
    backup: (path: string, call: Call = {}) => backups.backup({ replace: false, ...quiet, ...call, path }),
    restore: (path: string, call: Call = {}) => restores.restore({ ...quiet, ...call, path }),
    run: (text: string) => runSql(db, text),
    content: () => contentOf(db),
  };
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-backup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The code of the problem that `work` raises. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing was raised',
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
}
