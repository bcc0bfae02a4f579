import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';
import type { Tx } from '../platform/database/index.js';
import type { AddOptions, EventDefinition, Events } from '../platform/events/index.js';

export interface RecordedEvent {
  readonly type: string;
  readonly payload: unknown;
  readonly aggregate: string | undefined;
  readonly notBefore: Date | undefined;
}

/** Keeps the events of committed transactions in memory, for suites of modules that have no outbox tables. */
export class RecordingEvents implements Events {
  readonly committed: RecordedEvent[] = [];

  async add<P extends TObject>(
    tx: Tx,
    { type, payload: schema }: EventDefinition<P>,
    payload: Static<P>,
    { aggregate, notBefore }: AddOptions = {},
  ): Promise<string> {
    Value.Assert(schema, payload);
    tx.afterCommit(() => void this.committed.push({ type, payload, aggregate, notBefore }));
    return `event-${this.committed.length + 1}`;
  }

  ofType(type: string): RecordedEvent[] {
    return this.committed.filter((event) => event.type === type);
  }
}
