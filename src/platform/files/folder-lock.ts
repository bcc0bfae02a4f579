import { open, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ensureFolder, readText, remove, writeAtomic } from './files.js';

interface Holder {
  readonly pid: number;
  /** Start of the process in ticks since the machine's start; with it a reused process id is told apart. */
  readonly startTicks?: string;
  readonly host: string;
}

/** Another process, or another part of this one, works on the folder. */
export class FolderLockedError extends Error {
  override readonly name = 'FolderLockedError';
  readonly pid: number;

  constructor(folder: string, holder: Holder, file: string) {
    const elsewhere = holder.host !== hostname();
    super(
      elsewhere
        ? `the folder ${folder} is in use by process ${holder.pid} on the machine "${holder.host}". Two processes on one folder would lose data. If that machine is gone, delete ${file} and start again.`
        : `the folder ${folder} is in use by process ${holder.pid}. Two processes on one folder would lose data: stop that process first, or choose another folder.`,
    );
    this.pid = holder.pid;
  }
}

const attemptsMax = 50;
const attemptPauseMs = 20;

/** Folders held by this very process: its own process id can't tell two holders apart. */
const heldHere = new Set<string>();

/**
 * Exclusive use of a folder among the processes of a machine: a file with the holder's process id and
 * start time. The lock of a process that ended without a word (kill -9, power cut) is taken over; a
 * lock of another machine is never, since from here nobody can tell whether its holder lives.
 */
export class FolderLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Takes the lock or throws FolderLockedError at once. Of two that try at the same time one gets it. */
  static async acquire(folder: string, name: string): Promise<FolderLock> {
    await ensureFolder(folder);
    const path = resolve(join(folder, `${name}.lock`));
    const own = await thisProcess();
    if (heldHere.has(path)) throw new FolderLockedError(folder, own, path);
    heldHere.add(path);
    try {
      await claim(folder, path, JSON.stringify(own));
      return new FolderLock(path);
    } catch (error) {
      heldHere.delete(path);
      throw error;
    }
  }

  /** Frees the folder. A second call does nothing. */
  async release(): Promise<void> {
    if (!heldHere.has(this.#path)) return;
    await remove(this.#path);
    heldHere.delete(this.#path);
  }
}

async function claim(folder: string, path: string, content: string): Promise<void> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (await createExclusively(path, content)) return;
    const found = await readText(path);
    const holder = found === undefined ? undefined : parseHolder(found);
    if (holder && (await isAlive(holder))) throw new FolderLockedError(folder, holder, path);
    // An unreadable lock may be one that its owner is just writing: it gets half of the attempts.
    const settled = holder !== undefined || attempt > attemptsMax / 2;
    if (found !== undefined && settled && (await takeOver(path, found, content))) return;
    await pause(attemptPauseMs);
  }
  throw new Error(`the lock ${path} could not be taken: other processes kept taking it at the same time`);
}

/**
 * Replaces a dead holder's lock. Only one process at a time may do so, or the second one would remove
 * the lock that the first has just written; the guard of a process that died here expires with it.
 */
async function takeOver(path: string, stale: string, content: string): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await createExclusively(guard, content))) {
    const other = parseHolder((await readText(guard)) ?? '');
    if (other && !(await isAlive(other))) await remove(guard);
    return false;
  }
  try {
    if ((await readText(path)) !== stale) return false;
    await writeAtomic(path, content);
    return true;
  } finally {
    await remove(guard);
  }
}

async function createExclusively(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, startTicks, host } = JSON.parse(text) as Partial<Holder>;
    if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || typeof host !== 'string') return undefined;
    return { pid: pid as number, host, ...(typeof startTicks === 'string' && { startTicks }) };
  } catch {
    return undefined;
  }
}

async function thisProcess(): Promise<Holder> {
  const { startTicks } = await processStat(process.pid);
  return { pid: process.pid, host: hostname(), ...(startTicks !== undefined && { startTicks }) };
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  // This process holds nothing here (see heldHere): the id is one that a predecessor had, as in a container.
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const { state, startTicks } = await processStat(holder.pid);
  if (state === 'Z' || state === 'X') return false;
  return holder.startTicks === undefined || startTicks === undefined || startTicks === holder.startTicks;
}

/** Fields 3 and 22 of /proc/PID/stat; field 2, the name, may itself hold spaces and brackets. */
async function processStat(pid: number): Promise<{ state?: string; startTicks?: string }> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (line === undefined) return {};
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state: String(fields[0]), startTicks: String(fields[19]) };
}
