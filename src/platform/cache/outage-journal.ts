import type { Change } from './cache.js';

/**
 * What Redis has to be told when it is back: the changes of one namespace that it did not take. Past `changesMax` of
 * them the whole namespace is one.
 */
export class OutageJournal {
  readonly #changesMax: number;
  #keys = new Set<string>();
  #tags = new Set<string>();
  #all = false;

  constructor(changesMax: number) {
    this.#changesMax = changesMax;
  }

  get size(): number {
    return this.#all ? 1 : this.#keys.size + this.#tags.size;
  }

  remember({ keys = [], tags = [], all }: Change): void {
    if (this.#all) return;
    if (all || this.size + keys.length + tags.length > this.#changesMax) {
      this.#all = true;
      this.#keys = new Set();
      this.#tags = new Set();
      return;
    }
    for (const key of keys) this.#keys.add(key);
    for (const tag of tags) this.#tags.add(tag);
  }

  /** Takes everything out; give back with `remember` what could not be told. */
  take(): Change | undefined {
    if (this.size === 0) return undefined;
    const change: Change = this.#all ? { all: true } : { keys: [...this.#keys], tags: [...this.#tags] };
    this.#all = false;
    this.#keys = new Set();
    this.#tags = new Set();
    return change;
  }
}
