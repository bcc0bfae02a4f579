import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type AtomicWriter, FileExistsError, openForReading, openSecretFile } from '../files/index.js';
import { backupErrors } from './backup.errors.js';

/** Where the compressed bytes go. */
export type BackupSink = Pick<AtomicWriter, 'write' | 'commit' | 'discard'>;

/** Fast: the text is compressed while the database is read. */
const compressionLevel = 3;
const chunkBytes = 256 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'this user has no permission',
  EPERM: 'this user has no permission',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'it is a folder',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words = reasons[code ?? ''];
  return words ? `${words}, ${code}` : (code ?? message);
}

export async function openSink(path: string, { replace }: { replace: boolean }): Promise<BackupSink> {
  return openSecretFile(path, { replace }).catch((cause) => {
    throw notWritable(path, cause);
  });
}

/** Compresses `text` into the sink and commits it; when anything fails, nothing of it is left. */
export async function writeCompressed(path: string, sink: BackupSink, text: AsyncIterable<string>) {
  let refused: unknown;
  const refuse = (cause: unknown): never => {
    refused = notWritable(path, cause);
    throw refused;
  };
  try {
    await pipeline(text, createGzip({ level: compressionLevel }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await sink.write(chunk).catch(refuse);
    });
    await sink.commit().catch(refuse);
  } catch (error) {
    await sink.discard().catch(() => {});
    throw refused ?? error;
  }
}

function notWritable(path: string, cause: unknown) {
  if (cause instanceof FileExistsError) return backupErrors.fileExists({ params: { path }, cause });
  return backupErrors.notWritable({ params: { path, reason: reasonOf(cause) }, cause });
}

/** The uncompressed bytes of a backup. `read` hears how many of how many compressed ones are done. */
export async function* readCompressed(
  path: string,
  read: (done: number, total: number) => void,
): AsyncGenerator<Buffer> {
  const { bytes, stream } = await openForReading(path).catch((cause) => {
    throw backupErrors.notReadable({ params: { path, reason: reasonOf(cause) }, cause });
  });
  let done = 0;
  stream.on('data', (chunk: Buffer) => {
    done += chunk.length;
  });
  const text = createGunzip({ chunkSize: chunkBytes });
  const finished = pipeline(stream, text).catch(() => {});
  try {
    for await (const chunk of text as Readable) {
      read(done, bytes);
      yield chunk as Buffer;
    }
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code.startsWith('Z_')) throw damaged(path, `its compressed data breaks off or is changed (${code})`);
    throw backupErrors.notReadable({ params: { path, reason: reasonOf(cause) }, cause });
  } finally {
    text.destroy();
    await finished;
    if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
  }
}

export function damaged(path: string, reason: string) {
  return backupErrors.damaged({ params: { path, reason } });
}
