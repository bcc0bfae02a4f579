import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { describeEachEngine, type OpenDatabase } from '../../../testing/databases.js';
import { newKey, secretsWith } from '../../../testing/secrets.js';
import type { Migration } from '../../database/index.js';
import type { SecretHolder } from '../../secrets/index.js';
import { openSink } from '../backup-file.js';
import { codeOf, openInstallation, temporaryFolder } from './backup-harness.js';

const notes: Migration = { id: '0001-notes', up: 'create table notes (id bigint primary key, words text)' };
const migrations = [notes];

/** An installation with 2000 notes that do not compress well. */
async function filled(open: OpenDatabase, options = {}) {
  const source = await openInstallation(open, { migrations, ...options });
  await source.run(
    `insert into notes select n, md5(n::text) || md5((-n)::text) from generate_series(1, 2000) n`,
  );
  return source;
}

/** A holder of one secret under this key. */
const holderOf = (keyId: string): SecretHolder => ({
  name: 'test-secrets',
  resealBatch: async () => ({ resealed: 0, last: undefined }),
  keysInUse: async () => [{ keyId, secrets: 1 }],
});

describeEachEngine('a restore', (open) => {
  /** Restores files into one target that has a row of its own; each must leave it as it was. */
  async function openOutcomes() {
    const path = join(await temporaryFolder(), 'given.backup');
    const target = await openInstallation(open, { migrations });
    await target.run(`insert into notes values (7, 'mine')`);
    const before = await target.content();
    return async (bytes: Buffer | string) => {
      await writeFile(path, bytes);
      const code = await codeOf(target.restore(path));
      expect(await target.content()).toEqual(before);
      return code;
    };
  }

  async function backupOf(options = {}): Promise<Buffer> {
    const path = join(await temporaryFolder(), 'whole.backup');
    const source = await filled(open, options);
    await source.backup(path);
    return readFile(path);
  }

  const lines = (bytes: Buffer) => gunzipSync(bytes).toString().trimEnd().split('\n');
  const packed = (changed: readonly string[]) => gzipSync(`${changed.join('\n')}\n`);

  test('of a file cut anywhere changes nothing', async () => {
    const whole = await backupOf();
    const outcome = await openOutcomes();
    for (const share of [0, 0.001, 0.3, 0.7, 0.999]) {
      expect(await outcome(whole.subarray(0, Math.floor(whole.length * share)))).toBe('backup-damaged');
    }
    expect(await outcome(whole.subarray(0, whole.length - 1))).toBe('backup-damaged');
  });

  test('of a file with a flipped byte changes nothing, wherever it is', async () => {
    const whole = await backupOf();
    const outcome = await openOutcomes();
    for (const share of [0.1, 0.5, 0.9]) {
      const flipped = Buffer.from(whole);
      const at = Math.floor(whole.length * share);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      expect(await outcome(flipped)).toBe('backup-damaged');
    }
  });

  test('of a file with a changed, lost or added line changes nothing, also when it is well packed', async () => {
    const [header = '', table = '', first = '', ...rest] = lines(await backupOf());
    const outcome = await openOutcomes();
    const changed = first.replace(/"[0-9a-f]{2}/, '"zz');
    const variants = [
      [header, table, changed, ...rest],
      [header, table, ...rest],
      [header, table, first, first, ...rest],
      [header, first, table, ...rest],
      [table, first, ...rest],
      [header, table, first, '{"drop":"everything"}', ...rest],
      [header, table, first, ...rest, '{"sequences":[]}'],
      [header, table.replace('words', 'words"; drop table notes; --'), first, ...rest],
    ];
    for (const variant of variants) expect(await outcome(packed(variant))).toBe('backup-damaged');
    expect(await outcome('no backup at all')).toBe('backup-damaged');
    expect(await outcome(gzipSync('{}\n'))).toBe('backup-damaged');
  });

  test('of a later format, or of a release that knows more migrations, changes nothing and says so', async () => {
    const [header = '', ...rest] = lines(await backupOf());
    const outcome = await openOutcomes();
    expect(await outcome(packed([header.replace('"version":1', '"version":2'), ...rest]))).toBe(
      'backup-of-other-format',
    );
    const later = { id: '0002-later', up: 'create table later (id int)' };
    expect(await outcome(await backupOf({ migrations: [notes, later] }))).toBe('backup-of-other-schema');
    const other = { ...notes, up: `${notes.up};` };
    expect(await outcome(await backupOf({ migrations: [other] }))).toBe('backup-of-other-schema');
  });

  test('of a missing file or a folder says what is there', async () => {
    const folder = await temporaryFolder();
    const target = await openInstallation(open, { migrations });
    expect(await codeOf(target.restore(join(folder, 'none')))).toBe('backup-not-readable');
    expect(await codeOf(target.restore(folder))).toBe('backup-not-readable');
  });

  test('into an installation that is in use changes nothing and names what is there', async () => {
    const path = join(await temporaryFolder(), 'whole.backup');
    await writeFile(path, await backupOf());
    const participants = [{}, { occupiedBy: async () => '3 accounts' }];
    const target = await openInstallation(open, { migrations, participants });
    await target.run(`insert into notes values (7, 'mine')`);
    const before = await target.content();
    expect(await codeOf(target.restore(path))).toBe('restore-target-in-use');
    expect(await target.content()).toEqual(before);
  });

  test('of secrets whose key is not at hand changes nothing; with the key, old or current, it goes on', async () => {
    const path = join(await temporaryFolder(), 'whole.backup');
    const key = newKey();
    const keyId = (await secretsWith(key)).currentKeyId as string;
    await writeFile(path, await backupOf({ holders: [holderOf(keyId)] }));
    const restoreWith = async (secrets = secretsWith()) => {
      const target = await openInstallation(open, { migrations, secrets: await secrets });
      return codeOf(target.restore(path));
    };
    expect(await restoreWith()).toBe('backup-key-missing');
    expect(await restoreWith(secretsWith(newKey()))).toBe('backup-key-missing');
    expect(await restoreWith(secretsWith(key))).toBe('nothing was raised');
    expect(await restoreWith(secretsWith(newKey(), [key]))).toBe('nothing was raised');
  });

  test('that is interrupted, or that a module objects to at its end, leaves the target as it was', async () => {
    const path = join(await temporaryFolder(), 'whole.backup');
    await writeFile(path, await backupOf());
    const objection = { afterRestore: () => Promise.reject(new Error('no')) };
    const target = await openInstallation(open, { migrations, participants: [objection] });
    await target.run(`insert into notes values (7, 'mine')`);
    const before = await target.content();
    const interrupted = new AbortController();
    const progress = ({ label }: { label: string }) => {
      if (label === 'notes') interrupted.abort(new Error('interrupted'));
    };
    expect(await codeOf(target.restore(path, { signal: interrupted.signal, progress }))).toBe('interrupted');
    expect(await target.content()).toEqual(before);
    expect(await codeOf(target.restore(path))).toBe('no');
    expect(await target.content()).toEqual(before);
  });
});

describeEachEngine('a backup', (open) => {
  test('does not replace a file unless it is told to', async () => {
    const path = join(await temporaryFolder(), 'a.backup');
    await writeFile(path, 'mine');
    const source = await filled(open);
    expect(await codeOf(source.backup(path))).toBe('backup-file-exists');
    expect(await readFile(path, 'utf8')).toBe('mine');
    await source.backup(path, { replace: true });
    expect((await readFile(path)).length).toBeGreaterThan(1000);
  });

  test('does not replace a file that appears while it is written', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.backup');
    const sink: typeof openSink = async (where, options) => {
      const opened = await openSink(where, options);
      await writeFile(path, 'mine');
      return opened;
    };
    const source = await filled(open, { sink });
    expect(await codeOf(source.backup(path))).toBe('backup-file-exists');
    expect(await readFile(path, 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['a.backup']);
  });

  test('into a folder that is not there, or a file in its place, leaves nothing', async () => {
    const folder = await temporaryFolder();
    const source = await filled(open);
    expect(await codeOf(source.backup(join(folder, 'none', 'a.backup')))).toBe('backup-not-writable');
    await writeFile(join(folder, 'file'), '');
    expect(await codeOf(source.backup(join(folder, 'file', 'a.backup')))).toBe('backup-not-writable');
    await mkdir(join(folder, 'taken'));
    expect(await codeOf(source.backup(join(folder, 'taken'), { replace: true }))).toBe('backup-not-writable');
    expect((await readdir(folder)).sort()).toEqual(['file', 'taken']);
  });

  // /proc refuses new files even to root, as a read-only disk does.
  test.runIf(process.platform === 'linux')('into a read-only place leaves nothing', async () => {
    expect(await codeOf((await filled(open)).backup('/proc/a.backup'))).toBe('backup-not-writable');
  });

  test.each([0, 1])(
    'on a disk that is full after %i writes leaves nothing, and the next one works',
    async (room) => {
      const folder = await temporaryFolder();
      let full = true;
      const sink: typeof openSink = async (path, options) => {
        const opened = await openSink(path, options);
        let writes = 0;
        return {
          commit: () => opened.commit(),
          discard: () => opened.discard(),
          write: async (bytes) => {
            if (full && writes++ >= room) throw Object.assign(new Error('write'), { code: 'ENOSPC' });
            await opened.write(bytes);
          },
        };
      };
      const source = await filled(open, { sink });
      await expect(source.backup(join(folder, 'a.backup'))).rejects.toMatchObject({
        code: 'backup-not-writable',
        options: { params: { reason: 'the disk is full, ENOSPC' } },
      });
      expect(await readdir(folder)).toEqual([]);
      full = false;
      await source.backup(join(folder, 'a.backup'));
      expect(await readdir(folder)).toEqual(['a.backup']);
    },
  );

  test('that is interrupted leaves nothing, and the next one works', async () => {
    const folder = await temporaryFolder();
    const source = await filled(open);
    const interrupted = new AbortController();
    const call = { signal: interrupted.signal, progress: () => interrupted.abort(new Error('interrupted')) };
    expect(await codeOf(source.backup(join(folder, 'a.backup'), call))).toBe('interrupted');
    expect(await readdir(folder)).toEqual([]);
    expect(await source.backup(join(folder, 'a.backup'))).toMatchObject({ rows: 2000 });
  });
});
