import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleCommands } from '../../../testing/example-commands.js';
import type { CommandIo } from '../command.js';
import { commandErrors, isUsageProblem } from '../command-errors.js';
import { problemOf, runCommand } from '../run-command.js';

function io(overrides: Partial<CommandIo> = {}): CommandIo {
  return { file: undefined, signal: new AbortController().signal, progress: () => {}, ...overrides };
}

test('a command gets its options checked and completed', async () => {
  const { commands, calls } = exampleCommands();
  const outcome = await runCommand(commands, 'greet', { name: 'Bao' }, io());
  expect(outcome).toEqual({ ok: true, result: { greeting: 'Hello Bao' } });
  expect(calls[0]?.options).toEqual({ name: 'Bao', times: 1, polite: true, language: 'en', tags: [] });
});

test.each([
  ['missing', {}, 'name'],
  ['of a wrong type', { name: 'x', times: '3' }, 'times must be integer'],
  ['out of range', { name: 'x', times: 6 }, 'times must be <= 5'],
  ['unknown', { name: 'x', tmies: 2 }, 'tmies is not an option'],
  [
    'a name of the prototype',
    JSON.parse('{"name":"x","__proto__":{"loud":true}}'),
    '__proto__ is not an option',
  ],
  ['no object', 'name', 'must be object'],
  ['nothing', undefined, 'options'],
  ['a list', [], 'options'],
])('an option that is %s is refused before anything runs', async (_, options, words) => {
  const { commands, calls } = exampleCommands();
  const outcome = await runCommand(commands, 'greet', options, io());
  expect(outcome).toMatchObject({ ok: false, problem: { code: 'invalid-command-options' } });
  expect(outcome.ok ? '' : outcome.problem.detail).toContain(words);
  expect(calls).toEqual([]);
});

test('an unknown command names the known ones', async () => {
  const outcome = await runCommand(exampleCommands().commands, 'gret', {}, io());
  expect(outcome).toMatchObject({
    problem: { code: 'unknown-command', detail: expect.stringContaining('greet, count-bytes, fail, wait') },
  });
});

test('a missing or too large file is refused before anything runs', async () => {
  const { commands, calls } = exampleCommands();
  const missing = await runCommand(commands, 'count-bytes', {}, io());
  const large = await runCommand(commands, 'count-bytes', {}, io({ file: new Uint8Array(1001) }));
  const fits = await runCommand(commands, 'count-bytes', {}, io({ file: new Uint8Array(1000) }));
  expect(missing).toMatchObject({ problem: { code: 'command-file-missing' } });
  expect(large).toMatchObject({ problem: { code: 'command-file-too-large' } });
  expect(fits).toEqual({ ok: true, result: { bytes: 1000 } });
  expect(calls).toHaveLength(1);
});

test('whatever the options, the outcome is a value and never an exception', async () => {
  const { commands } = exampleCommands();
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.string(), async (options, name) => {
      for (const called of ['greet', name]) {
        const outcome = await runCommand(commands, called, options, io());
        expect(outcome.ok ? outcome.result : outcome.problem.detail).toBeTruthy();
      }
    }),
    { numRuns: 300 },
  );
});

test('a command that reports a thousand steps at once passes a handful on, the last one always', async () => {
  const steps: number[] = [];
  const progress: CommandIo['progress'] = ({ done }) => steps.push(done);
  await runCommand(exampleCommands().commands, 'greet', { name: 'x' }, io({ progress }));
  expect(steps.length).toBeLessThan(50);
  expect(steps[0]).toBe(1);
  expect(steps.at(-1)).toBe(1000);
});

test('a failure tells its causes and no credential', async () => {
  const outcome = await runCommand(exampleCommands().commands, 'fail', {}, io());
  expect(outcome).toMatchObject({
    problem: { code: 'command-failed', detail: 'no luck: at postgres://u:[redacted]@h/d' },
  });
});

test('a problem of a module keeps its code and its English words', () => {
  const problem = problemOf(commandErrors.fileMissing({ params: { command: 'x' }, internal: 'not this' }));
  expect(problem).toMatchObject({
    code: 'command-file-missing',
    detail: expect.stringContaining('command x works'),
  });
});

test('only a wrong call is a usage problem', () => {
  expect(isUsageProblem({ code: 'unknown-command' })).toBe(true);
  expect(isUsageProblem({ code: 'invalid-command-options' })).toBe(true);
  expect(isUsageProblem({ code: 'command-failed' })).toBe(false);
});

test('a command whose caller went away says that it was interrupted', async () => {
  const { commands, aborted } = exampleCommands();
  const caller = new AbortController();
  const running = runCommand(commands, 'wait', {}, io({ signal: caller.signal }));
  caller.abort();
  expect(await running).toMatchObject({ ok: false, problem: { code: 'command-interrupted' } });
  expect(aborted).toEqual(['wait']);
});
