import type { Database, Tx } from '../database/index.js';
import type { Clock } from '../kernel/index.js';
import type { DeadLetter, DeadLetterQuery, DeadLetters } from './dead-letter.js';
import { findDeadLetters, reviveDeadLetter } from './dead-letter.repository.js';

interface DeadLetterOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly wake: () => void;
}

const idPattern = /^(\d{1,15})-([a-z][a-z0-9-]{0,99})$/;

export class DeadLetterList implements DeadLetters {
  readonly #options: DeadLetterOptions;

  constructor(options: DeadLetterOptions) {
    this.#options = options;
  }

  list(query: DeadLetterQuery): Promise<DeadLetter[]> {
    return findDeadLetters(this.#options.database, query);
  }

  async replay(tx: Tx, id: string): Promise<boolean> {
    const [, position, handler] = idPattern.exec(id) ?? [];
    if (position === undefined || handler === undefined) return false;
    const { clock, wake } = this.#options;
    const revived = await reviveDeadLetter(tx, { position: Number(position), handler, now: clock.now() });
    if (revived) tx.afterCommit(wake);
    return revived;
  }
}
