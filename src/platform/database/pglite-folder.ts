import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ensureFolder,
  exists,
  FolderLock,
  listFolder,
  readBytes,
  remove,
  writeAtomic,
} from '../files/index.js';
import { builtFile, type PgliteSource, type WorkerInput } from './pglite-host.js';

const snapshotFile = 'pglite-snapshot.tar.gz';

/** A new database in memory, from the snapshot where there is one. It can be opened once. */
export class MemorySource implements PgliteSource {
  #opened = false;

  async prepare(): Promise<WorkerInput> {
    if (this.#opened) throw new Error('the database in memory is gone: its thread was ended');
    return withSnapshot({});
  }

  async opened(): Promise<void> {
    this.#opened = true;
  }
}

/** A database in a folder, which is locked against other processes from `lock` to `unlock`. */
export class FolderSource implements PgliteSource {
  readonly #dataDir: string;
  readonly #folder: string;
  /** Exists from the first byte of a new database until it is complete. */
  readonly #unfinished: string;
  #lock: FolderLock | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#folder = join(dataDir, 'pglite');
    this.#unfinished = join(dataDir, 'pglite.unfinished');
  }

  async lock(): Promise<void> {
    this.#lock = await FolderLock.acquire(this.#dataDir, 'pglite');
  }

  async unlock(): Promise<void> {
    await this.#lock?.release();
    this.#lock = undefined;
  }

  /**
   * A first start that was cut short leaves a database that looks complete and is not. It has never
   * acknowledged anything, so it is made anew.
   */
  async prepare(): Promise<WorkerInput> {
    if (await exists(this.#unfinished)) await remove(this.#folder);
    await ensureFolder(this.#folder);
    const names = (await listFolder(this.#folder)) ?? [];
    if (names.includes('PG_VERSION')) return { dataDir: this.#folder };
    if (names.length > 0) {
      throw new Error(
        `the folder ${this.#folder} is not empty and holds no database (PG_VERSION is missing). Restore it from a backup, or move it away to start with an empty database.`,
      );
    }
    await writeAtomic(this.#unfinished, '');
    return withSnapshot({ dataDir: this.#folder });
  }

  async opened(): Promise<void> {
    await remove(this.#unfinished);
  }
}

/** Without a snapshot the database is made from nothing, which takes some seconds longer. */
async function withSnapshot(input: WorkerInput): Promise<WorkerInput> {
  const snapshot = await readBytes(fileURLToPath(builtFile(snapshotFile)));
  return snapshot ? { ...input, snapshot: new Uint8Array(snapshot) } : input;
}
