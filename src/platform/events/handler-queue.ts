import type { Claimed } from './claim.js';
import type { Lease } from './claim.repository.js';
import type { RegisteredHandler } from './event-registry.js';

/** What a handler is run on at once. Everything in it was claimed together. */
export interface Unit {
  readonly registered: RegisteredHandler;
  lease: Lease;
  claimed: readonly Claimed[];
}

/** What this instance has claimed for one handler and not finished. */
export class HandlerQueue {
  readonly registered: RegisteredHandler;
  readonly #batchMax: number;
  #waiting: { readonly claimed: Claimed; readonly lease: Lease }[] = [];
  /** Deliveries that wait or run. */
  #held = 0;
  running = 0;

  constructor(registered: RegisteredHandler, batchMax: number) {
    this.registered = registered;
    this.#batchMax = batchMax;
  }

  get held(): number {
    return this.#held;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(claimed: Claimed, lease: Lease): void {
    this.#waiting.push({ claimed, lease });
    this.#held += claimed.deliveries.length;
  }

  /** What comes next: several at once only for a batch handler, and only what never failed. */
  next(): Unit | undefined {
    const first = this.#waiting.shift();
    if (!first) return undefined;
    const unit = { registered: this.registered, lease: first.lease, claimed: [first.claimed] };
    if (this.registered.kind !== 'batch' || !isFresh(first.claimed)) return unit;
    let size = first.claimed.deliveries.length;
    for (;;) {
      const next = this.#waiting[0];
      if (!next || next.lease !== first.lease || !isFresh(next.claimed)) return unit;
      size += next.claimed.deliveries.length;
      if (size > this.#batchMax) return unit;
      this.#waiting.shift();
      unit.claimed.push(next.claimed);
    }
  }

  finished(deliveries: number): void {
    this.#held -= deliveries;
  }

  /** Everything that was not started. */
  drain(): Unit[] {
    const units = this.#waiting.map(({ claimed, lease }) => ({
      ...{ registered: this.registered, lease, claimed: [claimed] },
    }));
    this.#waiting = [];
    for (const { claimed } of units) for (const { deliveries } of claimed) this.finished(deliveries.length);
    return units;
  }
}

function isFresh({ deliveries }: Claimed): boolean {
  return deliveries.every(({ attempt }) => attempt === 1);
}
