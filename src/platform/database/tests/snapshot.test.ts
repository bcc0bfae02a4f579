import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readBytes } from '../../files/index.js';
import { PgliteHost, type WorkerInput } from '../pglite-host.js';
import { buildSnapshot } from '../snapshot.js';

/** Starts the thread on what it is given and asks it the shortest question. */
async function firstAnswer(input: WorkerInput): Promise<string> {
  const host = new PgliteHost({ prepare: async () => input, opened: async () => {} });
  onTestFinished(() => host.terminate());
  await host.start();
  const select = 'select 6 * 7';
  const message = Buffer.from(`Q\0\0\0\0${select}\0`);
  message.writeUInt32BE(message.length - 1, 1);
  const answer = Buffer.from(await host.exchange(message)).toString('latin1');
  await host.close(10_000);
  return answer;
}

describe('a new embedded database', () => {
  test('comes from a snapshot of the build', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qingyu-snapshot-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'snapshot.tar.gz');
    await buildSnapshot(path);
    const snapshot = new Uint8Array((await readBytes(path)) ?? []);
    expect(snapshot.length).toBeGreaterThan(1_000_000);
    expect(await firstAnswer({ snapshot })).toContain('42');
  });

  test('is made from nothing where there is no snapshot', async () => {
    expect(await firstAnswer({})).toContain('42');
  });
});
