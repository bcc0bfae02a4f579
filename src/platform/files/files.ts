import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AtomicWriter, type AtomicWriterOptions, FileExistsError } from './atomic-writer.js';
import { readBounded } from './bounded-read.js';
import { syncFolder } from './sync-folder.js';

/** Owner only. */
const secretMode = 0o600;
const defaultMode = 0o644;

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? error);
}

/** The whole file as UTF-8 without a byte order mark, or undefined when there is none. Refuses more than `bytesMax`. */
export async function readText(
  path: string,
  { bytesMax = 16 * 1024 * 1024 }: { bytesMax?: number } = {},
): Promise<string | undefined> {
  const bytes = await readBytes(path, { bytesMax });
  return bytes && new TextDecoder('utf-8').decode(bytes);
}

/** The whole file, or undefined when there is none. Refuses more than `bytesMax`. */
export async function readBytes(
  path: string,
  { bytesMax = 64 * 1024 * 1024 }: { bytesMax?: number } = {},
): Promise<Uint8Array | undefined> {
  try {
    return await readBounded(path, bytesMax);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Replaces the file in one step: a reader, or a start after a crash, finds the old content or the new
 * one, never a part. The content is on the disk when the promise resolves. Of two writers at once the
 * last one wins.
 */
export async function writeAtomic(
  path: string,
  content: string | Uint8Array,
  { mode = defaultMode }: { mode?: number } = {},
): Promise<void> {
  await writeWhole(path, content, { mode, replace: true });
}

/** `writeAtomic` for what only this user may read: the mode is 0600 from the first byte on. */
export function writeSecretFile(path: string, content: string | Uint8Array): Promise<void> {
  return writeAtomic(path, content, { mode: secretMode });
}

/** `writeSecretFile` that never replaces: false when there is one, so that of several makers at once one wins. */
export async function createSecretFile(path: string, content: string): Promise<boolean> {
  try {
    await writeWhole(path, content, { mode: secretMode, replace: false });
    return true;
  } catch (error) {
    if (error instanceof FileExistsError) return false;
    throw error;
  }
}

/** A file for what only this user may read, written piece by piece: see AtomicWriter. */
export function openSecretFile(path: string, { replace }: { replace: boolean }): Promise<AtomicWriter> {
  return AtomicWriter.open(path, { mode: secretMode, replace });
}

async function writeWhole(path: string, content: string | Uint8Array, options: AtomicWriterOptions) {
  const writer = await AtomicWriter.open(path, options);
  try {
    await writer.write(content);
  } catch (error) {
    await writer.discard();
    throw error;
  }
  await writer.commit();
}

/** Removes a file or a folder with all that is in it, for good: not even a power cut brings it back. It need not exist. */
export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await syncFolder(dirname(path));
}

/** Names in a folder, or undefined when there is no such folder. */
export async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Makes the folder with its parents and proves by writing that it can be used. Says in one message
 * what is wrong and what to do when it can't: read-only, full, not permitted, a file in the way.
 */
export async function ensureFolder(path: string): Promise<void> {
  const probe = join(path, `.write-test-${randomUUID()}`);
  try {
    await makeFolder(path);
    const file = await open(probe, 'wx', secretMode);
    await file.close();
    await rm(probe);
  } catch (error) {
    throw new Error(
      `the folder ${path} can't be written to: ${folderProblem(codeOf(error))}. Choose another folder or make this one writable.`,
      { cause: error },
    );
  }
}

/** Node's own recursive mkdir never returns where a parent exists but takes no folders, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await exists(parent))) throw error;
    await makeFolder(parent);
    await makeFolder(path);
  }
}

function folderProblem(code: string): string {
  const problems: Readonly<Record<string, string>> = {
    EROFS: 'it is on a read-only file system',
    EACCES: 'this user has no permission',
    EPERM: 'this user has no permission',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota of this user is used up',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'a file of this name is in the way',
    ENOENT: 'it can not be created there',
  };
  const words = problems[code];
  return words ? `${words} (${code})` : code;
}
