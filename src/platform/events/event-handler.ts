import type { Static, TObject } from 'typebox';
import type { Tx } from '../database/index.js';
import type { DeliveredEvent, EventDefinition } from './event.js';

interface HandlerBase<P extends TObject> {
  readonly event: EventDefinition<P>;
  /** kebab-case, unique in the application, never renamed: deliveries on their way bear it. */
  readonly name: string;
  /** Tries before the dead-letter list; the configured default when absent. */
  readonly attemptsMax?: number;
}

/** Its effects are rows: they commit together with the mark that the event was handled, so exactly once. */
export interface TransactionalHandler<P extends TObject = TObject> extends HandlerBase<P> {
  readonly handle: (tx: Tx, event: DeliveredEvent<Static<P>>) => Promise<void>;
}

/** As `handle`, many events in one transaction; one that fails sends all of them, one by one, through `handleBatch`. */
export interface BatchHandler<P extends TObject = TObject> extends HandlerBase<P> {
  readonly handleBatch: (tx: Tx, events: readonly DeliveredEvent<Static<P>>[]) => Promise<void>;
}

/** Its effect is outside (mail, a webhook): at least once, with the event's id as its key. */
export interface OutsideHandler<P extends TObject = TObject> extends HandlerBase<P> {
  readonly deliver: (event: DeliveredEvent<Static<P>>, signal: AbortSignal) => Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of handlers is heterogeneous; each was checked when declared.
export type EventHandler = TransactionalHandler<any> | BatchHandler<any> | OutsideHandler<any>;

export function onEvent<const P extends TObject>(
  handler: TransactionalHandler<P> | BatchHandler<P> | OutsideHandler<P>,
): EventHandler {
  return handler;
}
