import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadConfig } from '../load-config.js';
import { folderWith, load, sections } from './fixture.js';

const layers = [
  'default',
  'config/default.yaml',
  'config/development.yaml',
  'config/local.yaml',
  'extra.yaml',
  'environment QINGYU_SERVER__PORT',
  'command line --port',
];

async function loadFrom(present: readonly number[]) {
  const has = (layer: number) => present.includes(layer);
  const file = (layer: number) => (has(layer) ? `server: { port: ${layer} }` : '');
  const folder = await folderWith({
    'default.yaml': file(1),
    'development.yaml': file(2),
    'local.yaml': file(3),
    'extra.yaml': file(4),
  });
  return loadConfig({
    sections,
    configFolder: folder,
    cwd: folder,
    env: has(5) ? { QINGYU_SERVER__PORT: '5' } : {},
    argv: ['--config', 'extra.yaml', ...(has(6) ? ['--port', '6'] : [])],
  });
}

test('of any set of layers the strongest decides, and is named as the source', async () => {
  await fc.assert(
    fc.asyncProperty(fc.subarray([1, 2, 3, 4, 5, 6]), async (present) => {
      const { values, sources } = await loadFrom(present);
      const strongest = Math.max(0, ...present);
      expect(values.server.port).toBe(strongest === 0 ? 8080 : strongest);
      expect(sources['server.port']).toBe(layers[strongest]);
      expect(sources['server.host']).toBe('default');
    }),
    { numRuns: 40 },
  );
});

test('the last --config file and the last option of a kind win', async () => {
  const folder = await folderWith({ 'a.yaml': 'server: { port: 1 }', 'b.yaml': 'server: { port: 2 }' });
  const argv = ['--config', 'a.yaml', '--config=b.yaml', '--host', 'one', '--set', 'server.host=two'];
  const { values } = await loadConfig({ sections, configFolder: folder, cwd: folder, argv });
  expect(values.server).toEqual({ host: 'two', port: 2 });
});

test("a key's own variable wins over one for its section and over the common name", async () => {
  const { values } = await load(
    {},
    {
      env: {
        QINGYU_SERVER__PORT: '2',
        QINGYU_SERVER: '{"port": 1, "host": "a"}',
        DATABASE_URL: 'postgres://common',
        QINGYU_DATABASE__URL: 'postgres://own',
      },
    },
  );
  expect(values.server).toEqual({ host: 'a', port: 2 });
  expect(values.database.url).toBe('postgres://own');
});

test('DATABASE_URL alone is database.url', async () => {
  const { values, sources } = await load({}, { env: { DATABASE_URL: 'postgres://common' } });
  expect(values.database.url).toBe('postgres://common');
  expect(sources['database.url']).toBe('environment DATABASE_URL');
});

test('local.yaml changes nothing in tests', async () => {
  const files = { 'local.yaml': 'server: { port: 1 }' };
  expect((await load(files, { env: { NODE_ENV: 'test' } })).values.server.port).toBe(8080);
  expect(
    (await load(files, { env: { NODE_ENV: 'production', QINGYU_AUTH__TOKEN_KEY: 'x9' } })).values.server.port,
  ).toBe(1);
});

test('a list or a map is replaced as a whole, inner defaults are filled in', async () => {
  const { values } = await load(
    { 'local.yaml': 'ai: { providers: [{ name: a }, { name: b }], factors: { x: 1, y: 2 } }' },
    { env: { QINGYU_AI__PROVIDERS: '[{name: c}]', QINGYU_AI__FACTORS: '{"z": 0.5}' } },
  );
  expect(values.ai.providers).toEqual([{ name: 'c', timeoutMs: 1000 }]);
  expect(values.ai.factors).toEqual({ z: 0.5 });
});

test('a relative path is meant from where it was written', async () => {
  const files = { 'local.yaml': 'data: { dir: from-file }' };
  const folder = await folderWith(files);
  const open = (argv: string[], env = {}) =>
    loadConfig({ sections, configFolder: folder, cwd: '/somewhere', argv, env });
  expect((await open([])).values.data.dir).toBe(join(dirname(folder), 'from-file'));
  expect((await open(['--data', 'here'])).values.data.dir).toBe('/somewhere/here');
  expect((await open([], { QINGYU_DATA__DIR: '/absolute' })).values.data.dir).toBe('/absolute');
  const extra = await open(['--config', join(folder, 'local.yaml')]);
  expect(extra.values.data.dir).toBe(join(folder, 'from-file'));
  await writeFile(join(folder, 'local.yaml'), '');
  expect((await open([])).values.data.dir).toBe(join(dirname(folder), 'data'));
});

test('an empty variable and an empty section count as not set', async () => {
  const { values } = await load({ 'local.yaml': 'server:\nai:' }, { env: { QINGYU_SERVER__PORT: '' } });
  expect(values.server.port).toBe(8080);
});

test('text becomes the type of its key, units stay one word in variable names', async () => {
  const { values } = await load(
    {},
    {
      env: {
        QINGYU_AI__ENABLED: 'false',
        QINGYU_DATA__LIMITS__CACHE_SIZE_MIB: '128',
        QINGYU_SERVER__HOST: '0',
      },
    },
  );
  expect(values.ai.enabled).toBe(false);
  expect(values.data.limits.cacheSizeMiB).toBe(128);
  expect(values.server.host).toBe('0');
});

test('the result cannot be changed, at any depth, and shares nothing with the schema', async () => {
  const { values } = await load({ 'local.yaml': 'ai: { providers: [{ name: a }] }' });
  const provider = values.ai.providers[0] as { name: string };
  expect(() => {
    provider.name = 'b';
  }).toThrow(TypeError);
  expect(() => Object.assign(values.server, { port: 1 })).toThrow(TypeError);
  expect(Object.isFrozen(values.ai.factors)).toBe(true);
  expect(Object.isFrozen((sections.ai.properties.factors as { default?: unknown }).default)).toBe(false);
});
