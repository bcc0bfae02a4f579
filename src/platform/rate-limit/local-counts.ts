import { admits, type Rate, viewAt, type WindowCount, type WindowView } from './sliding-window.domain.js';

/** Whether a call was let pass, and the counts after it. */
export interface Admission {
  readonly allowed: boolean;
  readonly view: WindowView;
}

/**
 * The counts of this process. Two generations: at each new window, and whenever the young one is full, the old one
 * is dropped whole and the young one takes its place. So at most `keysMax` keys are held, and nothing is ever searched.
 */
export class LocalCounts {
  readonly #generationMax: number;
  #young = new Map<string, WindowCount>();
  #old = new Map<string, WindowCount>();
  #newestIndex = 0;

  constructor(keysMax: number) {
    this.#generationMax = Math.max(1, Math.floor(keysMax / 2));
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Decides about one call of `key` and counts it when it passes. Never waits. */
  take(key: string, rate: Rate, nowMs: number): Admission {
    this.#age(Math.floor(nowMs / rate.windowMs));
    const found = this.#young.get(key) ?? this.#old.get(key);
    const view = viewAt(found, nowMs, rate.windowMs);
    if (!admits(view, rate)) {
      // Who is refused again and again may not be forgotten for it.
      if (found) this.#put(key, found);
      return { allowed: false, view };
    }
    const { index, previous, elapsedMs } = view;
    const counted = { index, current: view.current + 1, previous, elapsedMs };
    this.#put(key, counted);
    return { allowed: true, view: counted };
  }

  /** A clock that steps back ages nothing. */
  #age(index: number): void {
    if (index <= this.#newestIndex) return;
    this.#newestIndex = index;
    this.#rotate();
  }

  #put(key: string, count: WindowCount): void {
    if (this.#young.size >= this.#generationMax && !this.#young.has(key)) this.#rotate();
    this.#young.set(key, count);
  }

  #rotate(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
