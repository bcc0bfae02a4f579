import type { Database } from '../../platform/database/index.js';
import type { DeadLetter, DeadLetterQuery, DeadLetters } from '../../platform/events/index.js';
import { httpErrors } from '../../platform/http/index.js';

interface DeadLetterDeps {
  readonly database: Database;
  readonly deadLetters: DeadLetters;
}

/** What operators do about events that were given up. */
export class DeadLetterService {
  readonly #deps: DeadLetterDeps;

  constructor(deps: DeadLetterDeps) {
    this.#deps = deps;
  }

  list(query: DeadLetterQuery): Promise<DeadLetter[]> {
    return this.#deps.deadLetters.list(query);
  }

  /** Raises `not-found` for what is no dead letter, or no longer: asked for twice, it is replayed once. */
  async replay(id: string): Promise<void> {
    const replayed = await this.#deps.database.withTransaction({ name: 'replay-dead-letter' }, (tx) =>
      this.#deps.deadLetters.replay(tx, id),
    );
    if (!replayed) throw httpErrors.notFound();
  }
}
