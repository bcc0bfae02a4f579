import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../../platform/database/index.js';
import {
  type BaseService,
  type Health,
  healthy,
  Wakeup,
  withTimeLimit,
} from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { RecordedChange } from './auth-change.js';
import { currentSnapshot, readChangesSince } from './auth-changes.repository.js';
import type { ChangeHints } from './change-hints.js';
import type { RevocationConfig } from './revocation.config.js';

export interface TailListener {
  /** In the order in which they became visible. A rejection counts as a failed look: `lost` follows. */
  changed(changes: readonly RecordedChange[]): void | Promise<void>;
  /** Changes may have been missed, so anything may be different. */
  lost(): void | Promise<void>;
}

interface ChangeTailDeps {
  readonly db: Database;
  readonly config: RevocationConfig;
  readonly log: Logger;
  readonly hints: Pick<ChangeHints, 'start' | 'stop'>;
  readonly listeners: readonly TailListener[];
}

/** What revokes counts within a second everywhere: older knowledge decides nothing. */
const freshForMs = 1_000;
/** However often somebody calls for a look, at least so long after the one before. */
const spacingMs = 10;
/** More changes than this at once are not told one by one. */
const changesMax = 5_000;
/** Looks whose time was over and that still hold a connection; with so many, no further one begins. */
const hangingMax = 3;

/**
 * Tells this process what any instance committed to `auth_changes`, by looking for it every `pollIntervalMs` and at a
 * hint. While it cannot, it stops being fresh, and whoever decides reads the rows.
 */
export class ChangeTail implements BaseService {
  readonly name = 'auth-tail';
  readonly version = '1.0.0';
  readonly #deps: ChangeTailDeps;
  readonly #wakeup = new Wakeup();
  #snapshot: string | undefined;
  #knownMs = Number.NEGATIVE_INFINITY;
  #trouble = false;
  #hanging = 0;
  #isStopping = true;
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: ChangeTailDeps) {
    this.#deps = deps;
  }

  /** How long ago the last look that succeeded began, in ms: all that was committed before is known here. */
  get ageMs(): number {
    return performance.now() - this.#knownMs;
  }

  get isFresh(): boolean {
    return this.ageMs <= freshForMs;
  }

  async initialize(): Promise<void> {
    this.#isStopping = false;
    this.#loop = this.#run();
    this.#deps.hints.start(() => this.#wakeup.wake());
  }

  /** Never unhealthy by itself: requests are decided by the rows meanwhile. */
  async health(): Promise<Health> {
    if (!this.#trouble) return healthy;
    return {
      status: 'degraded',
      detail: 'changes of sessions and roles cannot be followed, so every request reads its rows',
    };
  }

  async close(): Promise<void> {
    this.#isStopping = true;
    this.#deps.hints.stop();
    this.#wakeup.wake();
    await this.#loop;
    this.#snapshot = undefined;
    this.#knownMs = Number.NEGATIVE_INFINITY;
  }

  async #run(): Promise<void> {
    const { pollIntervalMs } = this.#deps.config;
    while (!this.#isStopping) {
      const startedMs = performance.now();
      await this.#safeLook(startedMs);
      await this.#wakeup.wait(startedMs + pollIntervalMs - performance.now());
      if (!this.#isStopping) await pause(Math.max(0, startedMs + spacingMs - performance.now()));
    }
  }

  async #safeLook(startedMs: number): Promise<void> {
    const { log, config } = this.#deps;
    try {
      const look = () => this.#look(startedMs);
      await withTimeLimit('reading changes of sessions and roles', config.readTimeLimitMs, look);
      if (this.#trouble) log.info('changes of sessions and roles are followed again');
      this.#trouble = false;
    } catch (err) {
      // Whoever answers next may be another server, whose snapshots have nothing to do with this one.
      this.#snapshot = undefined;
      if (this.#trouble) return;
      this.#trouble = true;
      log.warn({ err }, 'changes of sessions and roles cannot be followed: every request reads its rows');
    }
  }

  async #look(startedMs: number): Promise<void> {
    if (this.#hanging >= hangingMax) throw new Error(`${this.#hanging} earlier looks have not returned`);
    const since = this.#snapshot;
    this.#hanging += 1;
    try {
      const snapshot = since === undefined ? await this.#begin() : await this.#follow(since);
      // A look that was left behind must not undo what a later one has learnt.
      if (startedMs < this.#knownMs || since !== this.#snapshot) return;
      this.#snapshot = snapshot;
      this.#knownMs = startedMs;
    } finally {
      this.#hanging -= 1;
    }
  }

  async #begin(): Promise<string> {
    const snapshot = await currentSnapshot(this.#deps.db);
    await this.#tellLost();
    return snapshot;
  }

  async #follow(since: string): Promise<string> {
    const { db, listeners } = this.#deps;
    const { snapshot, wentBack, changes } = await readChangesSince(db, since, changesMax);
    if (wentBack || changes.length > changesMax) await this.#tellLost();
    else if (changes.length > 0) for (const listener of listeners) await listener.changed(changes);
    return snapshot;
  }

  async #tellLost(): Promise<void> {
    for (const listener of this.#deps.listeners) await listener.lost();
  }
}
