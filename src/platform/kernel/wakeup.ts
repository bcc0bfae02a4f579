/** The longest time a timer can wait. */
const timerMsMax = 2_147_483_647;

/** Lets one waiter sleep until a time is over or somebody wakes it. A wake that finds nobody waiting is kept. */
export class Wakeup {
  #woken = false;
  #end: () => void = () => {};

  wake(): void {
    this.#woken = true;
    this.#end();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(Math.max(ms, 0), timerMsMax));
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#woken = false;
  }
}
