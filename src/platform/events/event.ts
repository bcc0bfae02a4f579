import type { Static, TObject } from 'typebox';
import type { Tx } from '../database/index.js';
import { port } from '../kernel/index.js';

/** Something that happened, named by the module that it happened in. The list of them is the event reference. */
export interface EventDefinition<P extends TObject = TObject> {
  /** `<module>.<what-happened>`, kebab-case: `wallet.chapter-purchased`. Unique in the application. */
  readonly type: string;
  /** For people: one sentence. */
  readonly summary: string;
  /** Checked when an event is added. Grows by optional members only: old events are still on their way. */
  readonly payload: P;
  readonly example: Static<P>;
}

export function defineEvent<const P extends TObject>(event: EventDefinition<P>): EventDefinition<P> {
  return event;
}

export interface AddOptions {
  /** What it happened to: its events reach each handler in the order of their writing. Absent: no order. */
  readonly aggregate?: string;
  /** Not delivered before this moment. */
  readonly notBefore?: Date;
}

export interface Events {
  /**
   * Writes the event in the caller's transaction, and with it one delivery for each of its handlers: it is
   * delivered if, and only if, the transaction commits. Order within an aggregate is that of the aggregate's
   * own row lock, which the caller holds. Answers the event's id. Raises an error for a payload that does not
   * fit its schema, or a definition that no module declared.
   */
  add<P extends TObject>(
    tx: Tx,
    event: EventDefinition<P>,
    payload: Static<P>,
    options?: AddOptions,
  ): Promise<string>;
}

export const Events = port<Events>('events');

/** An event as its handlers see it. */
export interface DeliveredEvent<P = unknown> {
  /** UUID v7, the same at every try: the key for an effect outside of the database. */
  readonly id: string;
  readonly type: string;
  readonly aggregate: string | undefined;
  readonly occurredAt: Date;
  /** 1 at the first try. */
  readonly attempt: number;
  readonly payload: P;
}
