import type { Clock } from '../platform/kernel/index.js';

/** Time that stands until a test moves it; `set` lets it jump, backwards too. */
export class FakeClock implements Clock {
  #nowMs: number;

  constructor(start: Date | string = '2026-03-01T04:00:00.000Z') {
    this.#nowMs = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  set(moment: Date | string | number): void {
    this.#nowMs = new Date(moment).getTime();
  }
}
