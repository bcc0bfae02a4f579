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
