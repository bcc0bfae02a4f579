import type { Change } from './cache.js';

/** A read that is under way. What it brings must not be kept once it is outdated. */
export class Ticket {
  readonly key: string;
  /** The doubts of the memory when it began. */
  readonly doubts: number;
  isOutdated = false;

  constructor(key: string, doubts: number) {
    this.key = key;
    this.doubts = doubts;
  }
}

/** All reads under way in a namespace, so that a change reaches those that may bring what was before it. */
export class InProgress {
  readonly #tickets = new Map<string, Set<Ticket>>();

  get size(): number {
    return this.#tickets.size;
  }

  begin<K extends Ticket>(ticket: K): K {
    const others = this.#tickets.get(ticket.key);
    if (others) others.add(ticket);
    else this.#tickets.set(ticket.key, new Set([ticket]));
    return ticket;
  }

  end(ticket: Ticket): void {
    const others = this.#tickets.get(ticket.key);
    if (others?.delete(ticket) && others.size === 0) this.#tickets.delete(ticket.key);
  }

  /** Nobody knows the tags of what has not come yet: a change by tag outdates everything under way. */
  outdate({ keys = [], tags = [], all }: Change): void {
    const hit = all || tags.length > 0 ? this.#tickets.keys() : keys;
    for (const key of hit) {
      for (const ticket of this.#tickets.get(key) ?? []) ticket.isOutdated = true;
    }
  }
}
