import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Report } from './harness/report.js';
import { type BenchIo, bench } from './main.js';

/** The compiled form of scenarios. Ours takes twice as long as its limit. */
const compare = `await context.compare({
  name: 'work',
  figures: { throughput: { unit: '/s', better: 'higher' }, p50: { unit: 'ms', better: 'lower' } },
  ours: { name: 'ours', measure: () => ({ throughput: 500, p50: 0.2 }) },
  against: [{ name: 'limit', measure: () => ({ throughput: 1000, p50: 0.1 }) }],
});`;
const scenario = (body: string, needs = '[]') =>
  `export default { summary: 'a fake', needs: ${needs}, async run(context) { ${body} } };`;

interface Setup {
  readonly scenarios?: Readonly<Record<string, string>>;
  readonly budgets?: string;
  readonly io?: Partial<BenchIo>;
}

async function run(argv: readonly string[], { scenarios, budgets = '{}', io }: Setup = {}) {
  const root = await mkdtemp(join(tmpdir(), 'qingyu-bench-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const folder = join(root, 'bench');
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'budgets.yaml'), budgets);
  for (const [name, text] of Object.entries(scenarios ?? { fake: scenario(compare) })) {
    await writeFile(join(folder, `${name}.bench.ts`), '');
    await writeFile(join(folder, `${name}.bench.js`), text);
  }
  let [out, err, stopped] = ['', '', 0];
  const code = await bench({
    argv,
    root,
    scenarios: { sources: folder, compiled: folder },
    signal: new AbortController().signal,
    ci: false,
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    provideEngines: async (names) => ({
      urls: new Map(),
      missing: new Map(names.map((name) => [name, 'not on this machine'])),
      stop: async () => {
        stopped += 1;
      },
    }),
    ...io,
  });
  return { code, out, err, stopped };
}

describe('npm run bench', () => {
  it('prints a line for each figure and peer, with ratio, budget and verdict, and what it ran on', async () => {
    const budgets = 'fake: { work.throughput: { limit: { min: 0.4 } }, work.p50: { limit: { max: 1.5 } } }';
    const { code, out, err, stopped } = await run([], { budgets });
    expect(out).toMatch(
      /fake +work\.throughput +ours +500 \/s ± 0 % +limit +1 000 \/s ± 0 % +0\.5 ± 0 % +≥ 0\.4 +holds/,
    );
    expect(out).toMatch(/fake +work\.p50 +ours +0\.2 ms ± 0 % +limit +0\.1 ms ± 0 % +2 ± 0 % +≤ 1\.5 +SHORT/);
    expect(out).toMatch(/commit unknown, 7 rounds of 1000 ms.*\n.*cores.*Node v/);
    expect(err).toContain('100 % 1/1 fake work');
    expect([code, stopped]).toEqual([0, 1]);
  });

  it('--json prints the same as one document, with the value of every round', async () => {
    const { out } = await run(['--json', '--rounds', '2', '--quick']);
    const report = JSON.parse(out) as Report;
    expect(report).toMatchObject({ rounds: 2, quick: true, commit: 'unknown', interrupted: false });
    expect(report.scenarios).toMatchObject([
      {
        name: 'fake',
        state: 'measured',
        metrics: [
          { ours: { rounds: [500, 500] }, peers: [{ ratio: { median: 0.5 } }] },
          { name: 'work.p50' },
        ],
      },
    ]);
    expect(report.judgement.unbound).toEqual(['fake work.throughput limit', 'fake work.p50 limit']);
  });

  it('a scenario that fails or compares nothing is named, keeps no other from running, and the code is 1', async () => {
    const scenarios = {
      broken: scenario(
        `context.onEnd(() => process.emit('bench-released')); throw new Error('no luck', { cause: new Error('why') });`,
      ),
      empty: scenario(''),
      fake: scenario(compare),
    };
    let released = 0;
    const count = () => {
      released += 1;
    };
    process.on('bench-released' as never, count);
    onTestFinished(() => void process.off('bench-released', count));
    const { code, out } = await run([], { scenarios });
    expect(out).toContain('FAILED: broken: no luck (why)');
    expect(out).toContain('FAILED: empty: it compared nothing');
    expect(out).toContain('work.p50');
    expect([code, released]).toEqual([1, 1]);
  });

  it('a scenario whose engine is missing is skipped by name', async () => {
    const scenarios = { stored: scenario(compare, "['postgres']") };
    const { code, out, err } = await run([], { scenarios });
    expect(out).toContain('skipped: stored (needs postgres)');
    expect(err).toContain('postgres is not to be had: not on this machine');
    expect(code).toBe(0);
  });

  it('an engine that the scenario did not ask for is refused', async () => {
    const { out } = await run([], { scenarios: { sly: scenario("context.engineUrl('redis')") } });
    expect(out).toContain('FAILED: sly: the scenario sly uses redis: name it in its needs');
  });

  it('interrupted, it prints what it has and ends with 130', async () => {
    const controller = new AbortController();
    controller.abort();
    const { code, out } = await run([], { io: { signal: controller.signal } });
    expect(out).toContain('interrupted: what is above is a part');
    expect(code).toBe(130);
  });

  it('--list tells the scenarios and what they need, and measures nothing', async () => {
    const scenarios = { stored: scenario(compare, "['postgres', 'redis']"), fake: scenario(compare) };
    const { code, out, stopped } = await run(['--list'], { scenarios });
    expect(out).toBe('fake: a fake\nstored: a fake (needs postgres and redis)\n');
    expect([code, stopped]).toEqual([0, 0]);
  });

  it.each([
    [['nothing'], 'there is no scenario nothing; there are fake'],
    [['--rounds', '0'], '--rounds 0: expected a whole number from 1 to 100'],
    [['--rounds', '2.5'], '--rounds 2.5: expected a whole number'],
    [['--loud'], "Unknown option '--loud'"],
  ])('%j is refused with what would be right', async (argv, words) => {
    const { code, err, out } = await run(argv);
    expect(err).toContain(words);
    expect(err).toContain('npm run bench:check');
    expect([code, out]).toEqual([2, '']);
  });

  it('a file that is no scenario is named', async () => {
    await expect(run([], { scenarios: { odd: 'export default 3;' } })).rejects.toThrow(
      'odd.bench.ts has to export a scenario',
    );
  });
});

describe('npm run bench:check', () => {
  const check = (budgets: string, argv: string[] = [], rest: Setup = {}) =>
    run(['--check', ...argv], { budgets, ...rest });

  it('passes when every budget holds, and lists what none bounds', async () => {
    const { code, out } = await check('fake: { work.throughput: { limit: { min: 0.5 } } }');
    expect(out).toContain('without a budget: fake work.p50 limit');
    expect(out).toContain('1 of 1 budgets hold');
    expect(code).toBe(0);
  });

  it('fails for a budget that is not held, and names it', async () => {
    const { code, out } = await check('fake: { work.p50: { limit: { max: 1.9 } } }');
    expect(out).toContain('SHORT: fake work.p50: 2 of limit, expected ≤ 1.9');
    expect(code).toBe(1);
  });

  it('fails for a budget that points at nothing', async () => {
    const { code, out } = await check('fake: { work.p95: { limit: { max: 1 } } }');
    expect(out).toContain('WRONG: budgets.yaml: fake work.p95 limit: the scenario measures no work.p95');
    expect(code).toBe(1);
  });

  it('of one scenario leaves the budgets of the others alone', async () => {
    const scenarios = { fake: scenario(compare), slow: scenario(compare) };
    const budgets = 'slow: { work.p50: { limit: { max: 1 } } }';
    expect((await check(budgets, ['fake'], { scenarios })).code).toBe(0);
    expect((await check(budgets, ['slow'], { scenarios })).code).toBe(1);
  });

  it('on a build server a scenario that cannot run is a failure', async () => {
    const scenarios = { stored: scenario(compare, "['postgres']") };
    expect((await check('{}', [], { scenarios })).code).toBe(0);
    expect((await check('{}', [], { scenarios, io: { ci: true } })).code).toBe(1);
  });
});
