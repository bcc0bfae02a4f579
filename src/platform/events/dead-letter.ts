import type { Tx } from '../database/index.js';
import { port } from '../kernel/index.js';

/** A delivery that was given up: its event never reached this handler. It no longer holds its aggregate back. */
export interface DeadLetter {
  /** `<position>-<handler>`. */
  readonly id: string;
  readonly position: number;
  readonly handler: string;
  readonly eventId: string;
  readonly event: string;
  readonly aggregate: string | undefined;
  readonly attempts: number;
  /** Bounded, and without what is recognisably a secret. */
  readonly lastError: string;
  readonly occurredAt: Date;
  readonly failedAt: Date;
}

export interface DeadLetterQuery {
  readonly handler?: string;
  readonly event?: string;
  /** The last one of the page before. */
  readonly before?: { readonly position: number; readonly handler: string };
  readonly limit: number;
}

/** What operators do about events that were given up. Payloads are not shown: they may be personal. */
export interface DeadLetters {
  /** The latest events first. */
  list(query: DeadLetterQuery): Promise<DeadLetter[]>;
  /**
   * Makes the delivery pending again, with all its attempts, in the caller's transaction. It comes after what its
   * aggregate has had since. False when there is no such dead letter, or somebody replayed it already.
   */
  replay(tx: Tx, id: string): Promise<boolean>;
}

export const DeadLetters = port<DeadLetters>('dead-letters');
