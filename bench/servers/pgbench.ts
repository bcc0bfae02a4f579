import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { projectRoot } from '../../src/testing/project-root.js';

const run = promisify(execFile);

export interface PgbenchLoad {
  /** A script of pgbench: variables and one statement. */
  readonly script: string;
  readonly url: string;
  readonly callers: number;
  readonly forMs: number;
}

/** Transactions a second of PostgreSQL's own load generator, on one thread: what it is held against has one as well. */
export async function runPgbench({ script, url, callers, forMs }: PgbenchLoad): Promise<number> {
  const bin = await binariesFolder();
  if (!bin) throw new Error('pgbench was not found: install PostgreSQL, whose package brings it');
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-pgbench-'));
  try {
    const file = join(folder, 'script.sql');
    await writeFile(file, script);
    const seconds = String(Math.max(1, Math.round(forMs / 1_000)));
    const load = ['-c', String(callers), '-j', '1', '-T', seconds, '-M', 'prepared', '-n'];
    const { stdout } = await run(join(bin, 'pgbench'), [...load, '-f', file, url]);
    const found = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
    if (found === undefined) throw new Error(`pgbench told no throughput: ${stdout}`);
    return Number(found);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the tests find their server: pgbench is in the same package. */
async function binariesFolder(): Promise<string | undefined> {
  const finder = pathToFileURL(join(projectRoot, 'tools', 'test', 'postgres.mjs')).href;
  const { findBinaries } = (await import(finder)) as { findBinaries(): Promise<string | undefined> };
  return findBinaries();
}
