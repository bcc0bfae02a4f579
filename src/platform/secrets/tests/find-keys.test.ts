import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newKey } from '../../../testing/secrets.js';
import { findKeys } from '../find-keys.js';
import type { SecretsConfig } from '../secrets.config.js';

let dataFolder: string;
const key = newKey();

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'secret-keys-'));
});

afterEach(() => rm(dataFolder, { recursive: true }));

const find = (engine: 'pglite' | 'postgres', config: Partial<SecretsConfig> = {}) =>
  findKeys({ config: { previousKeys: [], keyRequired: false, ...config }, engine, dataFolder });
const keep = (name: string, content: string) => writeFile(join(dataFolder, name), `${content}\n`);

it('beside an embedded database the first start makes a key that only its user can read; later starts find it', async () => {
  const made = await find('pglite');
  expect(Buffer.from(made.current ?? '', 'base64')).toHaveLength(32);
  expect((await stat(join(dataFolder, 'secrets.key'))).mode & 0o777).toBe(0o600);
  expect(await find('pglite')).toEqual(made);
});

it('of 8 first starts at once on one folder all get the same key', async () => {
  const found = await Promise.all(Array.from({ length: 8 }, () => find('pglite')));
  expect(new Set(found.map(({ current }) => current)).size).toBe(1);
  expect(await readdir(dataFolder)).toEqual(['secrets.key']);
});

it('the key file of release 0.1.0 is taken over under its new name', async () => {
  await keep('auth.key', key);
  expect(await find('pglite')).toEqual({ current: key, previous: [] });
  expect(await readdir(dataFolder)).toEqual(['secrets.key']);
  expect((await stat(join(dataFolder, 'secrets.key'))).mode & 0o777).toBe(0o600);
});

it('a takeover that was cut short is finished by the next start', async () => {
  await keep('auth.key', key);
  await keep('secrets.key', key);
  expect(await find('pglite')).toEqual({ current: key, previous: [] });
});

it('a configured key goes before that of the folder, which still opens what it sealed', async () => {
  const kept = newKey();
  await keep('secrets.key', kept);
  expect(await find('pglite', { key, previousKeys: [] })).toEqual({ current: key, previous: [kept] });
});

it('with a configured key no file is made', async () => {
  expect(await find('pglite', { key })).toEqual({ current: key, previous: [] });
  expect(await readdir(dataFolder)).toEqual([]);
});

it('instances around a server never make keys of their own', async () => {
  expect(await find('postgres')).toEqual({ current: undefined, previous: [] });
  expect(await readdir(dataFolder)).toEqual([]);
});

it('beside a server a required key that is missing stops the start with the way to make one', async () => {
  await expect(find('postgres', { keyRequired: true })).rejects.toThrow(
    /secrets\.key is not set.*openssl rand -base64 32.*QINGYU_SECRETS__KEY/,
  );
  expect(await find('postgres', { keyRequired: true, key })).toMatchObject({ current: key });
  expect((await find('pglite', { keyRequired: true })).current).toBeDefined();
});

it.each(['secrets.key', 'auth.key'])(
  'a damaged %s stops the start by name, and is not overwritten',
  async (name) => {
    await keep(name, 'damaged');
    await expect(find('pglite')).rejects.toThrow(`${name} must hold 32 bytes`);
    expect(await readdir(dataFolder)).toEqual([name]);
  },
);
