import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatProblem } from '../problem.js';
import { parseYaml } from '../yaml.js';
import { load } from './fixture.js';

const loadLocal = async (content: string | Buffer) => {
  const { problems } = await load({ 'local.yaml': content });
  return problems.map(formatProblem);
};

test.each([
  ['brackets', '['.repeat(1 << 19)],
  ['braces', '{a: '.repeat(1 << 17)],
  ['dashes', '- '.repeat(1 << 18)],
  ['question marks', '? '.repeat(1 << 18)],
  ['indentation', Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['colons', ': '.repeat(1 << 18)],
])('deep nesting by %s is refused before anything recurses', (_, text) => {
  expect(parseYaml(text)).toMatchObject({ ok: false, reason: 'nested too deeply' });
});

test.each([
  ['anchors', `${'&a '.repeat(1 << 18)}x`],
  ['commas', `[${','.repeat(1 << 19)}`],
  ['documents', '---\n'.repeat(1 << 17)],
  ['keys', Array.from({ length: 60_000 }, (_, i) => `k${i}: ${i}`).join('\n')],
])('very many %s are refused before anything compares them', (_, text) => {
  expect(parseYaml(text)).toMatchObject({ ok: false, reason: 'too many elements' });
});

test('aliases are refused, so that nothing expands (billion laughs)', async () => {
  const bomb = ['a: &a [x, x]', 'b: &b [*a, *a]', 'c: &c [*b, *b]', 'd: [*c, *c]'].join('\n');
  expect(await loadLocal(bomb)).toEqual([
    'whole file: expected YAML or JSON, found aliases (*name) are not allowed (config/local.yaml)',
  ]);
  expect(parseYaml('&a [*a]')).toMatchObject({ ok: false });
});

test('a duplicate key is refused, also as a dotted name', async () => {
  expect(await loadLocal('server:\n  port: 1\n  port: 2')).toEqual([
    'whole file: expected YAML or JSON, found the same key stands there twice, line 3 (config/local.yaml)',
  ]);
  expect(await loadLocal('server: { port: 1 }\nserver.port: 2')).toEqual([
    'server.port: expected to be given once (config/local.yaml)',
  ]);
});

test('more than 1 MiB is refused, also from a file without an end', async () => {
  expect(await loadLocal(`# ${'x'.repeat(1024 * 1024)}`)).toEqual([
    'whole file: expected at most 1048576 bytes (config/local.yaml)',
  ]);
  const { problems } = await load({}, { argv: ['--config', '/dev/zero'] });
  expect(problems.map(formatProblem)).toEqual(['whole file: expected at most 1048576 bytes (/dev/zero)']);
});

test('a byte order mark is not part of the first key', async () => {
  expect((await load({ 'local.yaml': '\uFEFFserver: { port: 5 }' })).values.server.port).toBe(5);
});

test('tags, several documents and scalars are refused', async () => {
  expect(await loadLocal('server: !!js/function x')).toMatchObject([expect.stringContaining('a tag')]);
  expect(await loadLocal('server:\n---\nai:')).toMatchObject([
    expect.stringContaining('more than one document'),
  ]);
  expect(await loadLocal('hello')).toEqual(['whole file: expected keys below it (config/local.yaml)']);
  expect(await loadLocal('- server')).toEqual(['whole file: expected keys below it (config/local.yaml)']);
  expect(await loadLocal('server: 8080')).toEqual(['server: expected keys below it (config/local.yaml)']);
});

test('__proto__, constructor and toString reach no prototype', async () => {
  const file = '__proto__: { polluted: 1 }\nserver: { __proto__: { port: 1 }, constructor: 1, toString: 2 }';
  const problems = await loadLocal(file);
  expect(problems).toHaveLength(4);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  const inMap = { QINGYU_AI__FACTORS: '{"__proto__": {"polluted": 1}}' };
  expect((await load({}, { env: inMap })).problems.map((p) => p.key)).toEqual(['ai.factors.__proto__']);
  const onCommandLine = await load({}, { argv: ['--set', '__proto__.polluted=1', '--toString', '--set'] });
  expect(onCommandLine.problems).toHaveLength(3);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('a thousand unknown keys give a bounded list of problems', async () => {
  const problems = await loadLocal(Array.from({ length: 1000 }, (_, i) => `unknown${i}: 1`).join('\n'));
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)).toContain('950 more problems');
});

test('any bytes at all give values or problems, never an exception', async () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b));
  const yamlLike = fc
    .array(
      fc.constantFrom(
        'server',
        'port',
        ':',
        ' ',
        '\n',
        '-',
        '[',
        ']',
        '{',
        '}',
        '"',
        '&a',
        '*a',
        '!',
        '|',
        '>',
        '#',
        ',',
        '1',
        '\t',
        '%',
        '?',
        '<<',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(fc.oneof(bytes, yamlLike), async (content) => {
      const config = await load({ 'local.yaml': content });
      if (config.problems.length === 0) expect(config.values.server.port).toBeTypeOf('number');
      else expect(config.problems[0]?.source).toBe('config/local.yaml');
    }),
    { numRuns: 200 },
  );
});
