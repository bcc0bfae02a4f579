import { sql } from 'kysely';
import { type Clock, port } from '../kernel/index.js';
import { type Queryable, type Tx, tables } from './database.js';
import { readApplied, recordStep, runScript } from './migrate.js';
import type { Migration } from './migration.js';
import { type AppliedStep, orderSteps, pendingSteps, type Step } from './migration-plan.js';
import { openTransactionOf } from './open-transaction.js';
import { type OwnObject, ownObjects } from './own-objects.js';

/** The schema as something that can be made anew, as a restore needs it. */
export interface Schema {
  /** Names of the tables that the migrations make; others in the database are somebody else's. */
  readonly tables: ReadonlySet<string>;
  /** The steps that made the schema in use, in order. */
  applied(where: Queryable): Promise<AppliedStep[]>;
  /** Ids of `steps` that this release does not know, or knows with another text. */
  foreign(steps: readonly AppliedStep[]): string[];
  /** Until the transaction ends nobody else reads or writes any of it. */
  freeze(tx: Tx): Promise<void>;
  /**
   * Drops everything that the migrations make, with its rows, and makes what `steps` made. Throws where
   * `steps` are no schema of this code.
   */
  rebuild(tx: Tx, steps: readonly AppliedStep[]): Promise<void>;
  /** Applies the steps that are missing, in the caller's transaction. Answers their ids. */
  complete(tx: Tx): Promise<readonly string[]>;
}

export const Schema = port<Schema>('schema');

interface RebuildOptions {
  readonly clock: Clock;
  /** A single step may take this long. */
  readonly statementTimeoutMs: number;
}

export class MigratedSchema implements Schema {
  readonly tables: ReadonlySet<string>;
  readonly #steps: readonly Step[];
  readonly #objects: readonly OwnObject[];
  readonly #options: RebuildOptions;

  constructor(migrations: readonly Migration[], options: RebuildOptions) {
    this.#steps = orderSteps(migrations);
    this.#objects = ownObjects(migrations);
    this.tables = new Set(this.#objects.filter(({ kind }) => kind === 'table').map(({ name }) => name));
    this.#options = options;
  }

  applied(where: Queryable): Promise<AppliedStep[]> {
    return readApplied(where);
  }

  foreign(steps: readonly AppliedStep[]): string[] {
    const known = new Map(this.#steps.map(({ id, checksum }) => [id, checksum]));
    return steps.filter(({ id, checksum }) => known.get(id) !== checksum).map(({ id }) => id);
  }

  async freeze(tx: Tx): Promise<void> {
    const { rows } = await sql<{ name: string }>`
      select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(tables(tx));
    const own = rows.filter(({ name }) => this.tables.has(name)).map(({ name }) => `, ${quoted(name)}`);
    await openTransactionOf(tx).script(
      `lock table schema_migrations, schema_lease${own.join('')} in access exclusive mode`,
    );
  }

  async rebuild(tx: Tx, steps: readonly AppliedStep[]): Promise<void> {
    const pending = new Set(pendingSteps(this.#steps, steps));
    const open = openTransactionOf(tx);
    for (const { kind, name } of this.#objects)
      await open.script(`drop ${kind} if exists ${quoted(name)} cascade`);
    await sql`delete from schema_migrations`.execute(tables(tx));
    await this.#apply(
      tx,
      this.#steps.filter((step) => !pending.has(step)),
    );
  }

  async complete(tx: Tx): Promise<readonly string[]> {
    const pending = pendingSteps(this.#steps, await readApplied(tx));
    await this.#apply(tx, pending);
    return pending.map(({ id }) => id);
  }

  async #apply(tx: Tx, steps: readonly Step[]): Promise<void> {
    const { clock, statementTimeoutMs } = this.#options;
    for (const step of steps) {
      const startedAt = performance.now();
      await runScript(tx, step.up, statementTimeoutMs);
      await recordStep(tx, step, { at: clock.now(), durationMs: performance.now() - startedAt });
    }
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
