import type { Audit, AuditActor } from '../../platform/audit/index.js';
import type { Database } from '../../platform/database/index.js';
import type { DeadLetter, DeadLetterQuery, DeadLetters } from '../../platform/events/index.js';
import { httpErrors } from '../../platform/http/index.js';

interface DeadLetterDeps {
  readonly database: Database;
  readonly deadLetters: DeadLetters;
  readonly audit: Audit;
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
  async replay(id: string, actor: AuditActor): Promise<void> {
    const { database, deadLetters, audit } = this.#deps;
    const replayed = await database.withTransaction({ name: 'replay-dead-letter' }, async (tx) => {
      const found = await deadLetters.replay(tx, id);
      const target = { type: 'dead-letter', id };
      if (found) await audit.record(tx, { action: 'system.dead-letter-replayed', actor, target });
      return found;
    });
    if (!replayed) throw httpErrors.notFound();
  }
}
