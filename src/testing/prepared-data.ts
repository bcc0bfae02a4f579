import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { ServerProcess } from './server-process.js';

export interface PreparedData {
  /** Makes `dataDir` an installation of its own, with the accounts and the demo book of a first start. */
  copyTo(dataDir: string): Promise<void>;
  /** The password that the first start showed for `username`. */
  firstPassword(username: string): string;
}

/** What one first start on the embedded database left, for a file whose tests begin with an installation that has run. */
export function prepareData(): PreparedData {
  let folder: string;
  let first: ServerProcess;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingyu-prepared-'));
    first = await ServerProcess.start({ dataDir: join(folder, 'data') });
    const { code, signal } = await first.end();
    if (code !== 0) throw new Error(`the first start ended with ${code ?? signal}:\n${first.stderr}`);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return {
    copyTo: (dataDir) => cp(join(folder, 'data'), dataDir, { recursive: true }),
    firstPassword: (username) => first.firstPassword(username),
  };
}
