import type { Database } from '../../platform/database/index.js';
import { type BaseService, type Health, healthy } from '../../platform/kernel/index.js';
import { probe } from './ledger/ledger.repository.js';

/** The module's place in the lifecycle. Nothing here runs by itself: requests, flows and jobs call it. */
export class WalletService implements BaseService {
  readonly name = 'wallet';
  readonly version = '1.0.0';
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async initialize(): Promise<void> {
    await probe(this.#database);
  }

  async health(): Promise<Health> {
    await probe(this.#database);
    return healthy;
  }

  async close(): Promise<void> {}
}
