import Type from 'typebox';
import { expect, test } from 'vitest';
import { platformSections } from '../platform-sections.js';
import { configurationReference, defaultYaml, sectionGaps } from '../reference.js';
import { sectionDefaults } from '../section-defaults.js';
import { parseYaml } from '../yaml.js';
import { load, sections } from './fixture.js';

test('default.yaml written from the schemas gives the same values as the schemas', async () => {
  const bare = await load({});
  const written = await load({ 'default.yaml': defaultYaml(sections) });
  expect(written.problems).toEqual([]);
  expect(written.values).toEqual(bare.values);
  expect(parseYaml(defaultYaml(sections))).toMatchObject({
    ok: true,
    value: { data: { limits: { cacheSizeMiB: 64 } } },
  });
});

test('the reference has a row for every key, with variable, default and unit', () => {
  const reference = configurationReference(sections);
  expect(reference).toContain(
    '| `server.port` | an integer from 0 to 65535 | `8080` | port | `QINGYU_SERVER__PORT` | Port |',
  );
  expect(reference).toContain(
    '| `database.url` | text | not set |  | `QINGYU_DATABASE__URL` | Server Secret. |',
  );
  expect(reference.match(/^\| `/gm)).toHaveLength(11);
});

test('a key without description, unit, default or with an invalid default is found', () => {
  const gaps = sectionGaps({
    a: Type.Object({ b: Type.Integer({ default: 0, minimum: 1 }), c: Type.String({ description: 'x' }) }),
  });
  expect(gaps).toEqual([
    'a.b has no description',
    'a.b has no unit',
    'a.b has a default it refuses itself',
    'a.c has neither a default nor is it optional',
  ]);
  expect(sectionGaps(platformSections)).toEqual([]);
});

test('the defaults of a section alone can be had, frozen and checked', () => {
  expect(sectionDefaults(platformSections.server, { port: 0 })).toEqual({ host: '127.0.0.1', port: 0 });
  expect(() => sectionDefaults(platformSections.server, { port: -1 })).toThrow();
});
