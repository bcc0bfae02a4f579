import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  createSecretFile,
  ensureFolder,
  exists,
  FileExistsError,
  installedVersion,
  listFolder,
  openForReading,
  openSecretFile,
  readBytes,
  readText,
  remove,
  writeAtomic,
  writeSecretFile,
} from '../index.js';

let folder: string;

beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), 'qingyu-files-'));
  folder = made;
  onTestFinished(() => rm(made, { recursive: true, force: true }));
});

describe('files', () => {
  test('many writers at once leave one whole content and no temporary file', async () => {
    const path = join(folder, 'state.json');
    const contents = Array.from({ length: 20 }, (_, n) => String(n).repeat(50_000));
    const reading = Promise.all(contents.map(() => readText(path)));
    await Promise.all(contents.map((content) => writeAtomic(path, content)));
    expect(contents).toContain(await readText(path));
    for (const seen of await reading) expect([undefined, ...contents]).toContain(seen);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  test('a write that fails keeps the old content and leaves nothing else', async () => {
    const target = join(folder, 'taken');
    await ensureFolder(join(target, 'inner'));
    await expect(writeAtomic(target, 'new')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
  });

  test('a secret is for its owner only, also when it replaces a readable file', async () => {
    const path = join(folder, 'control.json');
    await writeFile(path, 'old', { mode: 0o644 });
    await writeSecretFile(path, 'token');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readText(path)).toBe('token');
  });

  test('of many makers of a secret file at once one wins and none replaces it', async () => {
    const path = join(folder, 'secrets.key');
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((content) => createSecretFile(path, content)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await readText(path)).toBe('abcd'[made.indexOf(true)]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['secrets.key']);
  });

  test('a file written piece by piece appears whole under its name, or not at all', async () => {
    const path = join(folder, 'large');
    const writer = await openSecretFile(path, { replace: false });
    await writer.write('one ');
    await writer.write(Buffer.from('two'));
    expect(await exists(path)).toBe(false);
    await writer.commit();
    expect(await readText(path)).toBe('one two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writer.discard();
    expect(await readdir(folder)).toEqual(['large']);
    await expect(writer.write('late')).rejects.toThrow('after its end');

    const given = await openSecretFile(join(folder, 'other'), { replace: false });
    await given.write('a part');
    await given.discard();
    expect(await readdir(folder)).toEqual(['large']);
  });

  test('a file written piece by piece replaces one of its name only when it may', async () => {
    const path = join(folder, 'taken');
    await writeFile(path, 'old');
    const refused = await openSecretFile(path, { replace: false });
    await refused.write('new');
    await expect(refused.commit()).rejects.toBeInstanceOf(FileExistsError);
    expect(await readText(path)).toBe('old');
    const allowed = await openSecretFile(path, { replace: true });
    await allowed.write('new');
    await allowed.commit();
    expect(await readText(path)).toBe('new');
    expect(await readdir(folder)).toEqual(['taken']);
  });

  test('a file is read as a stream with its size; one that is not there is refused at once', async () => {
    const path = join(folder, 'large');
    await writeFile(path, 'x'.repeat(200_000));
    const { bytes, stream } = await openForReading(path);
    let read = 0;
    for await (const chunk of stream) read += (chunk as Buffer).length;
    expect([bytes, read]).toEqual([200_000, 200_000]);
    await expect(openForReading(join(folder, 'none'))).rejects.toThrow('ENOENT');
  });

  test('a byte order mark is no part of the text', async () => {
    const path = join(folder, 'bom.txt');
    await writeFile(path, '\uFEFF青羽');
    expect(await readText(path)).toBe('青羽');
  });

  test('what is missing is undefined, what is too large is refused', async () => {
    expect(await readText(join(folder, 'none'))).toBeUndefined();
    expect(await listFolder(join(folder, 'none'))).toBeUndefined();
    const path = join(folder, 'large');
    await writeFile(path, 'x'.repeat(11));
    await expect(readBytes(path, { bytesMax: 10 })).rejects.toThrow(/has more than 10 bytes/);
    expect(await readBytes(path, { bytesMax: 11 })).toHaveLength(11);
    await expect(readText(folder)).rejects.toThrow(/EISDIR/);
  });

  test('removing twice, and whole folders, works', async () => {
    await ensureFolder(join(folder, 'a', 'b'));
    await remove(join(folder, 'a'));
    await remove(join(folder, 'a'));
    expect(await exists(join(folder, 'a'))).toBe(false);
    expect(await exists(folder)).toBe(true);
  });

  test('a folder that can not be written to is named with the reason and what to do', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(ensureFolder(join(folder, 'file'))).rejects.toThrow(
      `the folder ${join(folder, 'file')} can't be written to: a file of this name is in the way (EEXIST). Choose another folder or make this one writable.`,
    );
    await expect(ensureFolder(join(folder, 'file', 'inner'))).rejects.toThrow(
      /a part of the path is a file \(ENOTDIR\)/,
    );
    await ensureFolder(join(folder, 'new', 'deep'));
    expect(await readdir(join(folder, 'new', 'deep'))).toEqual([]);
  });

  // /proc refuses new folders even to root, as a read-only disk does.
  test.runIf(process.platform === 'linux')('a read-only place is refused, also for root', async () => {
    await expect(ensureFolder('/proc/qingyu')).rejects.toThrow(
      /the folder \/proc\/qingyu can't be written to/,
    );
  });

  test('the version is that of the package', async () => {
    expect(await installedVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });
});
