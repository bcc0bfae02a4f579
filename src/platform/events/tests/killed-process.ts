import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { createPostgresDatabase } from '../../../testing/database-server.js';
import { shortLivedNode } from '../../../testing/short-lived-node.js';
import type { DatabaseEngine } from '../../database/index.js';
import { eventTestMigrations } from './events-harness.js';

export type Kind = 'transactional' | 'batch' | 'outside';
export type KillAt = 'after-commit' | 'before-effect' | 'before-mark' | 'never';

interface Run {
  readonly kind: Kind;
  readonly killAt: KillAt;
  /** Handles while it writes, not only afterwards. */
  readonly dispatchFirst?: boolean;
  /** The events' numbers: `count` of them from `first` on. */
  readonly first: number;
  readonly count: number;
}

interface Effect {
  readonly event_id: string;
  readonly number: number;
}

const program = fileURLToPath(new URL('outbox-program.mjs', import.meta.url));
const programMs = 60_000;

/** Where processes of one test find their database, in turn or (on a server) at once. */
export async function placeFor(engine: DatabaseEngine): Promise<{ url?: string; dataDir?: string }> {
  if (engine === 'postgres') {
    const { url, drop } = await createPostgresDatabase(eventTestMigrations);
    onTestFinished(drop);
    return { url };
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'qingyu-outbox-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  return { dataDir };
}

/** Starts the program; `killWhen` kills it from outside once its output says so. */
export function startProgram(
  place: { url?: string; dataDir?: string },
  run: Run,
  killWhen: (output: string) => boolean = () => false,
) {
  const parameters = JSON.stringify({ ...place, ...run, migrations: eventTestMigrations });
  const child = spawn(process.execPath, [...shortLivedNode, program, parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), programMs);
  let output = '';
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (killWhen(output)) child.kill('SIGKILL');
  });
  return once(child, 'close').then(([code, signal]) => {
    clearTimeout(timer);
    return { code, signal, output, errors };
  });
}

/** What the output says was committed. */
export function addedIn(output: string): string[] {
  return [...output.matchAll(/^added (\S+)$/gm)].map(([, id]) => id as string);
}

function effectsIn(output: string): Effect[] {
  return JSON.parse(/^effects (.*)$/m.exec(output)?.[1] ?? 'null');
}

/** Lets one process of each kind of end write and handle events, then one that lives; answers what there is. */
export async function runKilled(engine: DatabaseEngine, kind: Kind, ends: readonly KillAt[], count: number) {
  const place = await placeFor(engine);
  const added: string[] = [];
  for (const [round, killAt] of ends.entries()) {
    const { signal, output, errors } = await startProgram(place, {
      kind,
      killAt,
      first: round * count,
      count,
    });
    expect([killAt, signal, errors]).toEqual([killAt, 'SIGKILL', '']);
    expect(addedIn(output)).toHaveLength(count);
    added.push(...addedIn(output));
  }
  return { added, effects: await effectsOfLast(place, kind, ends.length * count) };
}

/** The effects after a process that writes nothing new has handled what the others left. */
export async function effectsOfLast(
  place: { url?: string; dataDir?: string },
  kind: Kind,
  first: number,
): Promise<Effect[]> {
  const { code, output, errors } = await startProgram(place, { kind, killAt: 'never', first, count: 0 });
  expect([code, errors]).toEqual([0, '']);
  return effectsIn(output);
}

/** Every committed event once; those of the aggregate in the order of their numbers. */
export function expectExactlyOnce(added: readonly string[], effects: readonly Effect[]): void {
  expect(effects.map(({ event_id }) => event_id).sort()).toEqual([...added].sort());
  expectInOrder(effects);
}

function expectInOrder(effects: readonly Effect[]): void {
  const even = effects.map(({ number }) => number).filter((number) => number % 2 === 0);
  expect(even).toEqual([...even].sort((a, b) => a - b));
}
