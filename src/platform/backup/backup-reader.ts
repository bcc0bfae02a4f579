import { createHash } from 'node:crypto';
import { backupErrors } from './backup.errors.js';
import { damaged, readCompressed } from './backup-file.js';
import {
  type BackupRecord,
  type BackupTrailer,
  claimedVersion,
  formatVersion,
  parseRecord,
} from './format.domain.js';

/** A value may have a gigabyte in PostgreSQL; one that its text form can't carry is none that we wrote. */
const lineBytesMax = 256 * 1024 * 1024;
const batchBytes = 1024 * 1024;
const batchRowsMax = 1000;
const newline = 0x0a;

export type BackupItem = BackupRecord | { readonly kind: 'rows'; readonly rows: readonly string[] };

/**
 * What is in a backup, in its order: header, tables with their rows in bounded batches, sequences, trailer.
 * Throws `backup-damaged` where the file breaks off or is not what was written; that everything before was
 * right is known when the trailer has come.
 */
export async function* readBackup(
  path: string,
  read: (done: number, total: number) => void = () => {},
): AsyncGenerator<BackupItem> {
  const hash = createHash('sha256');
  const counts = new Map<string, number>();
  let table: string | undefined;
  let trailer: BackupTrailer | undefined;
  let rows: string[] = [];
  let rowBytes = 0;
  for await (const line of linesOf(path, readCompressed(path, read))) {
    if (trailer) throw damaged(path, 'something follows its end');
    const isRow = line[0] === 0x5b;
    if (isRow && table !== undefined) {
      hash.update(line);
      rows.push(line.toString('utf8', 0, line.length - 1));
      rowBytes += line.length;
      counts.set(table, (counts.get(table) ?? 0) + 1);
    }
    if (rows.length > 0 && (!isRow || rowBytes >= batchBytes || rows.length >= batchRowsMax)) {
      yield { kind: 'rows', rows };
      rows = [];
      rowBytes = 0;
    }
    if (isRow && table !== undefined) continue;
    const record = recordOf(path, line.toString('utf8'), counts.size === 0 && table === undefined);
    if (record.kind === 'trailer') {
      trailer = record.trailer;
      refuseOtherSum(path, trailer, hash.digest('hex'), counts);
    } else hash.update(line);
    if (record.kind === 'table') {
      table = record.start.table;
      counts.set(table, 0);
    }
    yield record;
  }
  if (!trailer) throw damaged(path, 'its end is missing');
}

function recordOf(path: string, line: string, mayBeHeader: boolean): BackupRecord {
  const found = mayBeHeader ? claimedVersion(line) : undefined;
  if (found !== undefined && found !== formatVersion) {
    throw backupErrors.otherFormat({ params: { path, found, known: formatVersion } });
  }
  const record = parseRecord(line);
  if (!record) throw damaged(path, 'it holds a line that no backup has');
  return record;
}

function refuseOtherSum(
  path: string,
  trailer: BackupTrailer,
  sha256: string,
  counts: ReadonlyMap<string, number>,
) {
  if (trailer.sha256 !== sha256) throw damaged(path, 'its checksum is another one');
  const names = new Set([...counts.keys(), ...Object.keys(trailer.rows)]);
  for (const name of names) {
    if (counts.get(name) !== trailer.rows[name]) throw damaged(path, `rows of the table ${name} are missing`);
  }
}

/** Lines with their newline. The memory for one is bounded; a last line without end is no line. */
async function* linesOf(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let partBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const tail = chunk.subarray(start, end + 1);
      yield parts.length === 0 ? tail : Buffer.concat([...parts, tail]);
      parts = [];
      partBytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    partBytes += chunk.length - start;
    if (partBytes > lineBytesMax) throw damaged(path, 'it holds a line that no backup has');
  }
  if (partBytes > 0) throw damaged(path, 'its end is missing');
}
