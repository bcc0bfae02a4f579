import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ensureFolder, listFolder, remove, writeSecretFile } from '../files/index.js';

const suffix = '.eml';
/** What a process that was killed while writing leaves behind. */
const unfinished = '.tmp';
const probeName = '.write-probe';
/** More than an empty file: on a full disk only content is refused. */
const probeContent = 'x'.repeat(4096);

/** Mails as files that only this user may read, since they may hold reset links. Names sort by time. */
export class MailFiles {
  readonly folder: string;
  readonly #filesMax: number;

  constructor(folder: string, filesMax: number) {
    this.folder = folder;
    this.#filesMax = filesMax;
  }

  /** Raises an error that says what is wrong with the folder when it can't be written to. */
  async open(): Promise<void> {
    await ensureFolder(this.folder);
    const names = (await listFolder(this.folder)) ?? [];
    for (const name of names) if (name.endsWith(unfinished)) await remove(join(this.folder, name));
  }

  /** Rejects when a file could not be written now. */
  async probe(): Promise<void> {
    await ensureFolder(this.folder);
    const path = join(this.folder, probeName);
    await writeSecretFile(path, probeContent);
    await remove(path);
  }

  async has(id: string): Promise<boolean> {
    return (await this.#names()).some((name) => name.endsWith(`-${id}${suffix}`));
  }

  /** Keeps the mail, all of it or nothing, and removes the oldest beyond the bound. */
  async add(id: string, at: Date, content: Uint8Array): Promise<string> {
    const name = `${at.toISOString().replace(/[-:.]/g, '')}-${id}${suffix}`;
    await writeSecretFile(join(this.folder, name), content);
    const names = await this.#names();
    const surplus = names.sort().slice(0, Math.max(0, names.length - this.#filesMax));
    for (const oldest of surplus) await remove(join(this.folder, oldest));
    return name;
  }

  async #names(): Promise<string[]> {
    return ((await listFolder(this.folder)) ?? []).filter((name) => name.endsWith(suffix));
  }
}

/** A name for the mail that a key caused, the same at every try; nobody can tell the key from it. */
export function mailIdOf(idempotencyKey: string): string {
  return createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 32);
}
