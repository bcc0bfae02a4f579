import { describe, expect, it } from 'vitest';
import { type Check, judge } from './check.js';
import { documentChecks, incompleteFolders } from './document-checks.js';
import { placeChecks } from './place-checks.js';
import { sizeChecks } from './size-checks.js';
import { readSource } from './source.js';
import { testChecks } from './test-checks.js';
import { timeChecks } from './time-checks.js';

const lines = (count: number, line = 'f();') => Array.from({ length: count }, () => line).join('\n');
const at = 'src/modules/auth/auth.service.ts';
const test = 'src/modules/auth/auth.test.ts';

/** For each check what it must find and what it must leave alone, as [path, text]. */
const cases: Record<string, { bad: [string, string][]; good: [string, string][] }> = {
  'file-length': {
    bad: [
      [at, lines(401)],
      ['src/main.ts', lines(41)],
      ['src/modules/auth/index.ts', lines(26)],
    ],
    good: [[at, `${lines(400)}\n`]],
  },
  'function-length': {
    bad: [
      [at, `function f() {\n${lines(69)}\n}`],
      [at, `const f = async () => {\n${lines(69)}\n}`],
      [at, `class A { method() {\n${lines(69)}\n} }`],
    ],
    good: [
      [at, `function f() {\n${lines(68)}\n}`],
      [test, `describe('a', () => {\n${lines(100)}\n});`],
    ],
  },
  'sql-clock': {
    bad: [
      [at, 'const a = sql`select now()`;'],
      [at, "const a = 'select current_timestamp';"],
      ['src/a.sql', 'select CLOCK_TIMESTAMP()'],
    ],
    good: [
      [at, 'const a = sql`select ' + '$' + '{clock.now()}`;'],
      [at, '// never now()\nconst now = clock.now();'],
    ],
  },
  'business-time': {
    bad: [
      [at, 'const a = new Date();'],
      [at, 'const a = Date.now();'],
      [at, 'const a = rows.map(Date.now);'],
    ],
    good: [
      [at, 'const a = new Date(0);'],
      [test, 'const a = new Date();'],
      ['src/platform/kernel/clock.ts', 'const a = new Date();'],
    ],
  },
  'environment-in-one-place': {
    bad: [
      [at, 'const a = process.env.PATH;'],
      [at, "const a = process.env['PATH'];"],
      [at, 'const { PATH } = process.env;'],
      [at, "import { env } from 'node:process';"],
    ],
    good: [
      [at, 'const a = process.pid;'],
      ['src/platform/config/process-input.ts', 'const a = process.env;'],
      [test, 'const a = process.env.PATH;'],
    ],
  },
  unfinished: {
    bad: [[at, `// ${'TO'}DO later`]],
    good: [[at, '// the todo list of a reader']],
  },
  'machine-path': {
    bad: [
      [at, `const a = '${'/ho'}me/someone/x';`],
      ['docs/a.md', `see ${'/tm'}p/out`],
    ],
    good: [
      [at, "const a = '/api/v1/home/me';"],
      ['docs/a.md', 'see https://example.org/work/x and ../work/x'],
    ],
  },
  'registry-host': {
    bad: [['package-lock.json', `{"resolved": "https://${'registry'}.example.org/a.tgz"}`]],
    good: [['package-lock.json', '{"integrity": "sha512-x"}']],
  },
  'focused-or-skipped-test': {
    bad: [
      [test, "it.only('needs nothing', () => { expect(1).toBe(1); });"],
      [test, "describe.skip('a', () => {});"],
      [test, "it.todo('a');"],
      [test, "it.skipIf(true)('a', () => { expect(1).toBe(1); });"],
      [test, "describe.only.each([1])('a', () => {});"],
    ],
    good: [
      [test, "describe.skip('a (needs PostgreSQL)', () => {});"],
      [
        test,
        "// The file system of this machine has no permissions.\nit.skipIf(root)('a', () => { expect(1).toBe(1); });",
      ],
      [at, 'rows.skip(1); list.only();'],
    ],
  },
  'test-without-assertion': {
    bad: [
      [test, "it('a', () => { f(); });"],
      [test, "it.each([1])('a', async () => { await f(); });"],
      [test, "it('a', { timeout: 1 }, () => { f(); });"],
      [test, "const f = () => {}; it('a', f);"],
    ],
    good: [
      [test, "it('a', () => { expect(1).toBe(1); });"],
      [test, "it.each(rows)('a', () => { expect(1).toBe(1); });"],
      [test, "it('a', async () => { await expect(f()).rejects.toThrow(); });"],
      [test, "it('a', () => { assert.equal(1, 1); });"],
      [
        test,
        "function outer() { inner(); }\nfunction inner() { expect(1).toBe(1); }\nit('a', () => { outer(); });",
      ],
      [test, "it('a', () => { expectDenied(answer); });"],
    ],
  },
  'sleep-in-test': {
    bad: [
      [test, 'await new Promise((resolve) => setTimeout(resolve, 10));'],
      [test, 'await new Promise((resolve) => { setTimeout(() => resolve(), 10); });'],
      [test, 'await sleep(10);'],
    ],
    good: [
      [test, 'while (!ready()) await delay(10);'],
      [
        test,
        'await new Promise((resolve, reject) => { server.once("x", resolve); setTimeout(reject, 10); });',
      ],
      [at, 'await sleep(10);'],
    ],
  },
  'dead-link': {
    bad: [['docs/a.md', '[a](gone.md)']],
    good: [['docs/a.md', '[a](../README.md#part) [b](https://example.org) [c](#here) [d](..)']],
  },
  'unknown-script': {
    bad: [
      ['docs/a.md', '`npm run nothing`'],
      ['docs/a.md', '`npm start`'],
    ],
    good: [['docs/a.md', '`npm test -- a`, `npm run test`, `npm install`, an npm start-up']],
  },
};

const readme = readSource('README.md', '');
const checksFor = (path: string, text: string): Check[] => {
  const documents = documentChecks([readme, readSource(path, text)], { test: 'x', 'start-up': 'x' });
  return [...sizeChecks, ...timeChecks, ...placeChecks, ...testChecks, ...documents];
};
const names = checksFor('a.md', '').map((check) => check.name);

function offences(name: string, [path, text]: [string, string]): number {
  const check = checksFor(path, text).find((one) => one.name === name);
  return check?.find(readSource(path, text)).length ?? 0;
}

describe.each(names)('%s', (name) => {
  it('finds what it is for', () => {
    const { bad } = cases[name] ?? { bad: [] };
    expect(bad.length).toBeGreaterThan(0);
    expect(bad.filter((one) => offences(name, one) === 0)).toEqual([]);
  });

  it('leaves the rest alone', () => {
    const { good } = cases[name] ?? { good: [] };
    expect(good.length).toBeGreaterThan(0);
    expect(good.filter((one) => offences(name, one) > 0)).toEqual([]);
  });
});

describe('exceptions', () => {
  const check = timeChecks.find(({ name }) => name === 'business-time') as Check;
  const source = readSource(at, 'new Date();\nnew Date();');
  const allow = (allowed: number, path = at) => ({ 'business-time': { [path]: { allowed, reason: 'r' } } });

  it('cover what they allow', () => expect(judge(check, [source], allow(2))).toEqual([]));
  it('cover no more than that', () => expect(judge(check, [source], allow(1))).toHaveLength(2));
  it('shrink when the file does', () =>
    expect(judge(check, [source], allow(3))[0]).toContain('lower 3 to 2'));
  it('go with the file', () => expect(judge(check, [], allow(1))[0]).toContain('is gone'));
});

it('a folder without README or index is named', () => {
  const sources = ['src/modules/auth/index.ts', 'src/platform/http/README.md'].map((path) =>
    readSource(path, ''),
  );
  expect(incompleteFolders(sources)).toEqual([
    'src/modules/auth/README.md is missing',
    'src/platform/http/index.ts is missing',
  ]);
});
