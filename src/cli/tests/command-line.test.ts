import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Type from 'typebox';
import { expect, test } from 'vitest';
import { defineCommand } from '../../platform/commands/index.js';
import { exampleCommands, temporaryFolder } from '../../testing/example-commands.js';
import { runLine } from './fixture.js';

test('--help lists every command and exits with 0, and nothing is started', async () => {
  const { commands } = exampleCommands();
  for (const argv of [['--help'], [], ['help']]) {
    const { exitCode, stdout, steps } = await runLine(argv, commands);
    expect(exitCode).toBe(0);
    for (const { name, summary } of commands) expect(stdout).toMatch(new RegExp(`${name}.*${summary}`));
    expect(steps).toEqual([]);
  }
  expect((await runLine(['--version'], commands)).stdout).toBe('1.2.3\n');
});

test('--help of a command shows its options with defaults, and those every command has', async () => {
  const { stdout } = await runLine(['greet', '--help'], exampleCommands().commands);
  expect(stdout).toMatch(/--times <number>\s+How often \(default: 1\)/);
  expect(stdout).toMatch(/--language <text>\s+Language \(default: "en"\) \(choices: "en", "zh"\)/);
  expect(stdout).toContain('--no-polite');
  expect(stdout).toContain('--data <folder>');
  expect(stdout).toContain('--json');
});

test('words become the options that the command declared', async () => {
  const { commands, calls } = exampleCommands();
  const line = 'greet --name 42 --times 3 --loud --no-polite --language zh --tags 1 2 --tags 3';
  const { exitCode, stdout, steps } = await runLine(line.split(' '), commands);
  expect({ exitCode, stdout, steps }).toEqual({
    exitCode: 0,
    stdout: 'It said: Hello 42\n',
    steps: ['start', 'stop'],
  });
  const tags = [1, 2, 3];
  expect(calls[0]?.options).toEqual({
    name: '42',
    times: 3,
    loud: true,
    polite: false,
    language: 'zh',
    tags,
  });
});

test.each([
  ['an unknown command', ['gret'], 'greet'],
  ['an unknown option', ['greet', '--name', 'x', '--tmies', '2'], '--times'],
  ['a missing option', ['greet'], '--name'],
  ['a value that is no number', ['greet', '--name', 'x', '--times', 'two'], 'times must be integer'],
  ['a value out of the choices', ['greet', '--name', 'x', '--language', 'fr'], 'en, zh'],
  ['a missing file', ['count-bytes'], 'file'],
  ['an argument too many', ['greet', '--name', 'x', 'stray'], 'too many arguments'],
])('%s exits with 2 and says what was expected', async (_, argv, words) => {
  const { commands, calls } = exampleCommands();
  const { exitCode, stdout, stderr } = await runLine(argv, commands);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(words);
  expect(stdout).toBe('');
  expect(calls).toEqual([]);
});

test('a command that fails exits with 1, tells why without credentials, and everything is closed', async () => {
  const { exitCode, stdout, stderr, steps } = await runLine(['fail'], exampleCommands().commands);
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toBe('The command failed: no luck: at postgres://u:[redacted]@h/d\n');
  expect(steps).toEqual(['start', 'stop']);
});

test('a result that is bad news is printed, and exits with 1', async () => {
  const check = defineCommand({
    name: 'check',
    summary: 'Check',
    options: Type.Object({ well: Type.Optional(Type.Boolean({ description: 'All is well' })) }),
    run: async ({ well = false }) => ({ well }),
    isFailure: ({ well }) => well !== true,
  });
  for (const [argv, exitCode, stdout] of [
    [['check'], 1, 'well: false\n'],
    [['check', '--json'], 1, '{"well":false}\n'],
    [['check', '--well'], 0, 'well: true\n'],
  ] as const) {
    expect(await runLine(argv, [check])).toMatchObject({ exitCode, stdout, stderr: '' });
  }
});

test('with --json standard output is one JSON object, also for a failure', async () => {
  const { commands } = exampleCommands();
  const good = await runLine(['greet', '--name', 'x', '--json'], commands);
  expect(JSON.parse(good.stdout)).toEqual({ greeting: 'Hello x' });
  const bad = await runLine(['--json', 'fail'], commands);
  expect(JSON.parse(bad.stdout)).toMatchObject({ error: { code: 'command-failed' } });
});

test('a file is read from the working folder and bounded by what the command takes', async () => {
  const { commands, calls } = exampleCommands();
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'small'), 'x'.repeat(1000));
  await writeFile(join(cwd, 'large'), 'x'.repeat(1001));
  const { stdout } = await runLine(['count-bytes', 'small'], commands, {}, { cwd });
  expect(stdout).toBe('bytes: 1000\n');
  const large = await runLine(['count-bytes', 'large'], commands, {}, { cwd });
  expect(large).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('more than 1000 bytes') });
  const endless = await runLine(['count-bytes', '/dev/zero'], commands, {}, { cwd });
  expect(endless.exitCode).toBe(1);
  const missing = await runLine(['count-bytes', 'none'], commands, {}, { cwd });
  expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ENOENT') });
  expect(calls).toHaveLength(1);
});

test('the configuration options are taken from anywhere in the line, in order', async () => {
  const { commands, calls } = exampleCommands();
  const line = '--config a.yaml greet --set=server.port=1 --name x --data /d --set b.c=--name';
  const { configArgv, exitCode } = await runLine(line.split(' '), commands);
  expect(exitCode).toBe(0);
  expect(configArgv).toEqual(['--config=a.yaml', '--set=server.port=1', '--data=/d', '--set=b.c=--name']);
  expect(calls[0]?.options).toMatchObject({ name: 'x' });
});

test('a host that can not be built or started is one message and exit code 1', async () => {
  const { commands } = exampleCommands();
  const failing = () => Promise.reject(new Error('the folder is in use by process 7'));
  const started = await runLine(['fail'], commands, { start: failing });
  expect(started).toMatchObject({ exitCode: 1, stderr: 'the folder is in use by process 7\n' });
  const built = await runLine(['fail'], commands, {}, { createHost: failing });
  expect(built).toMatchObject({ exitCode: 1, stderr: 'the folder is in use by process 7\n' });
});

test('an interrupted command exits with 1 and everything is closed', async () => {
  const { commands, aborted } = exampleCommands();
  const signal = AbortSignal.timeout(20);
  const { exitCode, stderr, steps } = await runLine(['wait'], commands, {}, { signal });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('interrupted');
  expect(aborted).toEqual(['wait']);
  expect(steps).toEqual(['start', 'stop']);
});

test('a result can not steer the terminal', async () => {
  const hostile = defineCommand({
    name: 'hostile',
    summary: 'x',
    options: Type.Object({}),
    run: async () => ({ title: 'a\u001b[2Jb\r\nc\u202ed', pages: { count: 1 } }),
  });
  const { stdout } = await runLine(['hostile'], [hostile]);
  expect(stdout).toBe('title: a [2Jb  c d\npages: {"count":1}\n');
});

test('a command that declares an option of all commands is refused when the line is built', async () => {
  const clash = defineCommand({
    name: 'clash',
    summary: 'x',
    options: Type.Object({ data: Type.String({ description: 'x' }) }),
    run: async () => ({}),
  });
  const { exitCode, stderr } = await runLine(['clash'], [clash]);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: 'The command clash declares the option --data, which every command has.\n',
  });
});

test('an option that is an argument goes without its name, and a path is meant from the working folder', async () => {
  const { commands, calls } = exampleCommands();
  const line = (...argv: string[]) => runLine(['tidy', ...argv], commands, {}, { cwd: '/data/books' });
  expect((await line('../notes', 'twice', '--deep')).exitCode).toBe(0);
  expect((await line('/abs', 'once', '--deep')).exitCode).toBe(0);
  expect(calls.map(({ options }) => options)).toEqual([
    { folder: '/data/notes', how: 'twice', deep: true },
    { folder: '/abs', how: 'once', deep: true },
  ]);
  expect((await runLine(['tidy', '--help'], commands)).stdout).toMatch(/<folder> <how>/);
  expect((await line('../notes')).exitCode).toBe(2);
  expect((await line('../notes', 'twice', 'thrice')).exitCode).toBe(2);
});

test('a command that leaves something to do prints its result and exits with 1', async () => {
  const { commands } = exampleCommands();
  const { exitCode, stdout, stderr } = await runLine(['tidy', 'a', 'b', '--json'], commands);
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 1, stdout: '{"left":3}\n', stderr: '' });
});
