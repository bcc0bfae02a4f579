import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.js';

/** The name is taken; nothing was changed. */
export class FileExistsError extends Error {
  override readonly name = 'FileExistsError';

  constructor(path: string) {
    super(`the file ${path} exists already`);
  }
}

export interface AtomicWriterOptions {
  readonly mode: number;
  /** Whether a file of this name gives way; else it makes `commit` throw FileExistsError. */
  readonly replace: boolean;
}

/**
 * A file that grows piece by piece and appears under its name as a whole, on the disk, or not at all.
 * Until `commit` it lies beside its place under a temporary name; `discard` removes that.
 */
export class AtomicWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #options: AtomicWriterOptions;
  #file: FileHandle | undefined;

  private constructor(path: string, temporary: string, file: FileHandle, options: AtomicWriterOptions) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#options = options;
  }

  static async open(path: string, options: AtomicWriterOptions): Promise<AtomicWriter> {
    const temporary = `${path}.${randomUUID()}.tmp`;
    return new AtomicWriter(path, temporary, await open(temporary, 'wx', options.mode), options);
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    if (!this.#file) throw new Error(`the file ${this.#path} was written to after its end`);
    await this.#file.writeFile(bytes);
  }

  /** Gives the file its name. Whatever goes wrong, nothing of it is left. */
  async commit(): Promise<void> {
    try {
      await this.#file?.sync();
      await this.#close();
      if (this.#options.replace) await rename(this.#temporary, this.#path);
      else await nameExclusively(this.#temporary, this.#path);
    } catch (error) {
      await this.discard();
      throw error;
    }
    await syncFolder(dirname(this.#path));
  }

  /** Leaves no trace; does nothing after `commit`. */
  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#temporary, { force: true });
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** Unlike a rename a hard link never replaces: of two writers one wins. */
async function nameExclusively(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST') throw new FileExistsError(path);
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error;
    await nameWithoutLinks(temporary, path);
    return;
  }
  await rm(temporary);
}

/** For file systems without hard links: the name is taken first, then filled. */
async function nameWithoutLinks(temporary: string, path: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? new FileExistsError(path) : error;
  }
  await rename(temporary, path);
}
