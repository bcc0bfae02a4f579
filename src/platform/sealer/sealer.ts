import type { Database } from '../database/index.js';
import { type Clock, type Health, healthy } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import { sealHash } from './seal.js';
import {
  appendSeal,
  lockEpochs,
  lookAhead,
  type Outlook,
  raiseEpoch,
  readSealable,
  takeChain,
} from './seal.repository.js';
import type { SealedTable } from './sealed-table.js';
import type { SealerMetrics } from './sealer.metrics.js';

export interface SealerConfig {
  /** Between two passes, ms. */
  readonly intervalMs: number;
  /** Rows that one seal covers at most. */
  readonly rowsMax: number;
  /** Seals that one pass makes at most. */
  readonly sealsMax: number;
  /** Beyond this age of the oldest unsealed row the health is degraded. */
  readonly lagSecondsMax: number;
}

export interface SealerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: SealerMetrics;
  readonly table: SealedTable;
  readonly config: SealerConfig;
}

/**
 * Seals the rows of one table. Every instance runs one; the row lock on the chain lets one of them seal at a time,
 * and ends with its transaction, however that ends.
 */
export class Sealer {
  readonly #options: SealerOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;
  #current: Promise<unknown> = Promise.resolve();
  #isFailing = false;
  #lookedAt: Date;
  #unsealedSince: Date | null = null;

  constructor(options: SealerOptions) {
    this.#options = options;
    this.#lookedAt = options.clock.now();
    options.metrics.watch(options.table.chain, () => this.lagSeconds());
  }

  start(): void {
    this.#stopped = false;
    this.#isFailing = false;
    this.#lookedAt = this.#options.clock.now();
    this.#unsealedSince = null;
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#current;
  }

  /** Age of the oldest row without a seal, as the last look saw it. */
  lagSeconds(): number {
    return this.#unsealedSince ? this.#secondsSince(this.#unsealedSince) : 0;
  }

  health(): Health {
    const { lagSecondsMax, intervalMs } = this.#options.config;
    const silentSeconds = this.#secondsSince(this.#lookedAt);
    const lagSeconds = this.lagSeconds();
    if (lagSeconds > lagSecondsMax)
      return this.#late(`has rows without a seal for ${Math.round(lagSeconds)} s`);
    if (silentSeconds > lagSecondsMax + intervalMs / 1000) {
      return this.#late(`could not be looked at for ${Math.round(silentSeconds)} s`);
    }
    return healthy;
  }

  /** One pass: seals what can be sealed, within bounds; answers how many rows. Raises what the database raises. */
  async run(): Promise<number> {
    let rows = 0;
    for (let seals = 0; seals < this.#options.config.sealsMax; seals++) {
      const { sealable } = await this.#look();
      const sealed = sealable ? await this.#seal() : 0;
      if (sealed === 0) break;
      rows += sealed;
    }
    return rows;
  }

  async #look(): Promise<Outlook> {
    const { database, clock, table } = this.#options;
    let outlook = await lookAhead(database, table);
    if (outlook.fromAnotherServer) {
      await this.#beginEpoch();
      outlook = await lookAhead(database, table);
    }
    this.#lookedAt = clock.now();
    this.#unsealedSince = outlook.unsealedSince;
    return outlook;
  }

  /** Of several instances that notice at once, each but the first looks again under the lock and leaves it. */
  async #beginEpoch(): Promise<void> {
    const { database, log, table } = this.#options;
    const { chain } = table;
    await database.withTransaction({ name: 'raise-seal-epoch' }, async (tx) => {
      await lockEpochs(tx);
      const { fromAnotherServer } = await lookAhead(tx, table);
      if (!fromAnotherServer) return;
      const epoch = await raiseEpoch(tx, chain);
      tx.afterCommit(() =>
        log.warn({ chain, epoch }, 'the rows came from another database server: a new epoch begins'),
      );
    });
  }

  #seal(): Promise<number> {
    const { database, clock, table, config, metrics } = this.#options;
    const form = table.forms.length;
    return database.withTransaction({ name: 'seal-rows' }, async (tx) => {
      const chain = await takeChain(tx, table.chain);
      const page = chain && (await readSealable(tx, table, { chain, rowsMax: config.rowsMax }));
      if (!page) return 0;
      const { hash: previousHash, number } = chain;
      const sealedAt = clock.now();
      const seal = { chain: table.chain, number: number + 1, form, ...page, previousHash, sealedAt };
      await appendSeal(tx, { ...seal, hash: sealHash(seal) });
      tx.afterCommit(() => metrics.sealed(table.chain, page.rowCount));
      return page.rowCount;
    });
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#current = this.#pass().then(() => {
        if (!this.#stopped) this.#schedule();
      });
    }, this.#options.config.intervalMs).unref();
  }

  /** An outage is told once, not every second. */
  async #pass(): Promise<void> {
    const { log, metrics, table } = this.#options;
    const { chain } = table;
    try {
      await this.run();
      if (this.#isFailing) log.info({ chain }, 'rows are sealed again');
      this.#isFailing = false;
    } catch (err) {
      metrics.failed(chain);
      if (!this.#isFailing) log.warn({ err, chain }, 'rows could not be sealed, trying again');
      this.#isFailing = true;
    }
  }

  #late(what: string): Health {
    const { chain } = this.#options.table;
    return {
      status: 'degraded',
      detail: `the chain "${chain}" ${what}; a long transaction may hold it back`,
    };
  }

  #secondsSince(moment: Date): number {
    return Math.max(0, this.#options.clock.now().getTime() - moment.getTime()) / 1000;
  }
}
