import type { Database } from '../database/index.js';
import type { Clock } from '../kernel/index.js';
import type { Claimed } from './claim.js';
import { renewLanes, renewReady } from './claim.repository.js';
import type { EventsConfig } from './events.config.js';
import type { Unit } from './handler-queue.js';
import type { HandlerRun, RunOutcome } from './handler-run.js';
import type { Leftovers } from './leftovers.js';

interface UnitRunOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly config: EventsConfig;
  readonly runs: HandlerRun;
  readonly leftovers: Leftovers;
  /** Whether nothing more may be started. */
  readonly isClosing: () => boolean;
}

/** Handles units: in one batch or one by one, in order, holding the lease, until all is done or something is not. */
export class UnitRun {
  readonly #options: UnitRunOptions;

  constructor(options: UnitRunOptions) {
    this.#options = options;
  }

  /** Answers whether it came to its end: not when closing, nor without the database. Never rejects. */
  async run(unit: Unit): Promise<boolean> {
    const asBatch = await this.#batch(unit);
    if (asBatch === 'done') {
      this.#release(unit, unit.claimed);
      return true;
    }
    if (asBatch === 'unavailable') {
      this.giveBack(unit);
      return false;
    }
    for (const [index, claimed] of unit.claimed.entries()) {
      if (await this.#inOrder(unit, claimed)) continue;
      this.giveBack({ ...unit, claimed: unit.claimed.slice(index + 1) });
      return false;
    }
    return true;
  }

  /** Ends the leases of what was not started. */
  giveBack({ lease, claimed }: Unit): void {
    const untouched = claimed.filter(({ lane }) => !lane).flatMap(({ deliveries }) => deliveries);
    this.#options.leftovers.add({ token: lease.token, untouched, lanes: lanesOf(claimed) });
  }

  async #batch(unit: Unit): Promise<RunOutcome> {
    const deliveries = unit.claimed.flatMap((claimed) => claimed.deliveries);
    const { kind } = unit.registered;
    const alone = deliveries.length < 2 || deliveries.some(({ attempt }) => attempt > 1);
    if (kind !== 'batch' || alone || this.#options.isClosing()) return 'failed';
    const held = await this.#hold(unit, unit.claimed);
    if (held !== 'done') return held === 'lost' ? 'failed' : held;
    const inOrder = deliveries.sort((a, b) => a.seq - b.seq);
    return this.#options.runs.batch(unit.registered, inOrder, unit.lease.token);
  }

  /** One delivery after the other, until one has to wait. False: nothing more can be handled now. */
  async #inOrder(unit: Unit, claimed: Claimed): Promise<boolean> {
    const { runs, leftovers, isClosing } = this.#options;
    const { token } = unit.lease;
    for (const delivery of claimed.deliveries) {
      let outcome: RunOutcome = isClosing() ? 'unavailable' : await this.#hold(unit, [claimed]);
      if (outcome === 'done') outcome = await runs.one(unit.registered, delivery, token);
      if (outcome === 'done') continue;
      if (outcome === 'unmarked') leftovers.add({ token, handled: [delivery] });
      if (outcome === 'unavailable' && !claimed.lane) leftovers.add({ token, untouched: [delivery] });
      // The lane of a failed delivery was released together with the note of its failure.
      if (outcome !== 'failed') this.#release(unit, [claimed]);
      return outcome === 'failed' || outcome === 'lost';
    }
    this.#release(unit, [claimed]);
    return true;
  }

  #release({ lease }: Unit, claimed: readonly Claimed[]): void {
    const lanes = lanesOf(claimed);
    if (lanes.length > 0) this.#options.leftovers.add({ token: lease.token, lanes });
  }

  /** Prolongs the lease when a handler might outlive it. `lost`: some of `claimed` is another holder's by now. */
  async #hold(unit: Unit, claimed: readonly Claimed[]): Promise<'done' | 'lost' | 'unavailable'> {
    const { database, clock, config } = this.#options;
    const { handlerTimeLimitMs, marginMs } = config.lease;
    const nowMs = clock.now().getTime();
    if (nowMs + handlerTimeLimitMs <= unit.lease.until.getTime()) return 'done';
    const lease = { token: unit.lease.token, until: new Date(nowMs + handlerTimeLimitMs + marginMs) };
    const lanes = lanesOf(claimed);
    const single = claimed.filter(({ lane }) => !lane).flatMap(({ deliveries }) => deliveries);
    try {
      const heldLanes = lanes.length > 0 ? await renewLanes(database, lanes, lease) : [];
      const heldSingle = single.length > 0 ? await renewReady(database, single, lease) : new Set();
      if (heldLanes.length < lanes.length || heldSingle.size < single.length) return 'lost';
    } catch {
      return 'unavailable';
    }
    // Others of the unit were not renewed: they do so when their turn comes.
    if (claimed.length === unit.claimed.length) unit.lease = lease;
    return 'done';
  }
}

function lanesOf(claimed: readonly Claimed[]) {
  return claimed.flatMap(({ lane }) => lane ?? []);
}
