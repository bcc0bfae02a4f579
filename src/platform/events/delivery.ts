/** One event for one handler, claimed by this instance. */
export interface Delivery {
  /** Position in the outbox: of two events of one aggregate the earlier one has the smaller. */
  readonly seq: number;
  readonly handler: string;
  readonly aggregate: string | undefined;
  /** The try that would start now; 1 is the first. */
  readonly attempt: number;
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
  readonly traceparent: string | undefined;
  readonly occurredAt: Date;
}

/** The deliveries of one aggregate for one handler: handled in their order, by one holder at a time. */
export interface Lane {
  readonly handler: string;
  readonly aggregate: string;
  /** Raised whenever more is queued. */
  readonly version: number;
}

/** The order in which every statement locks lanes, so that two of them wait for each other instead of deadlocking. */
export function inLockOrder<T extends Pick<Lane, 'handler' | 'aggregate'>>(lanes: readonly T[]): T[] {
  return [...lanes].sort((a, b) => compare(a.handler, b.handler) || compare(a.aggregate, b.aggregate));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
