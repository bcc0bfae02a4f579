import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findEncryptionKey } from './encryption-key.js';

let dataFolder: string;
const configured = Buffer.alloc(32, 7).toString('base64');

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'auth-key-'));
});

afterEach(() => rm(dataFolder, { recursive: true }));

it('beside an embedded database the first start makes a key that only its user can read; later starts find it', async () => {
  const source = { configured: undefined, engine: 'pglite', dataFolder } as const;
  const made = await findEncryptionKey(source);
  expect(Buffer.from(made ?? '', 'base64')).toHaveLength(32);
  expect((await stat(join(dataFolder, 'auth.key'))).mode & 0o777).toBe(0o600);
  expect(await findEncryptionKey(source)).toBe(made);
});

it('a configured key is used, and no file is made', async () => {
  expect(await findEncryptionKey({ configured, engine: 'pglite', dataFolder })).toBe(configured);
  await expect(stat(join(dataFolder, 'auth.key'))).rejects.toThrow('ENOENT');
});

it('instances around a server never make keys of their own', async () => {
  expect(await findEncryptionKey({ configured: undefined, engine: 'postgres', dataFolder })).toBeUndefined();
  await expect(stat(join(dataFolder, 'auth.key'))).rejects.toThrow('ENOENT');
});

it('a damaged key file stops the start by name, and is not overwritten', async () => {
  await writeFile(join(dataFolder, 'auth.key'), 'damaged');
  const found = findEncryptionKey({ configured: undefined, engine: 'pglite', dataFolder });
  await expect(found).rejects.toThrow(/auth\.key must hold 32 bytes/);
  expect((await stat(join(dataFolder, 'auth.key'))).size).toBe('damaged'.length);
});
