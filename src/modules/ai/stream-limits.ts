import type { ModelEvent } from './provider.js';

export interface StreamLimits {
  readonly firstTokenLimitMs: number;
  readonly idleLimitMs: number;
  readonly totalLimitMs: number;
}

/** A provider took longer than it may. */
class ProviderTimeout extends Error {
  override readonly name = 'ProviderTimeout';

  constructor(limit: keyof StreamLimits, ms: number) {
    super(`The provider was stopped by ${limit} after ${ms} ms.`);
  }
}

/**
 * The provider's events until its end, a limit, or the abort of `controller`, which then tells the
 * provider too. It ends in time also with a provider that ignores the abort: that one is left behind.
 */
export async function* limited(
  open: (signal: AbortSignal) => AsyncIterable<ModelEvent>,
  controller: AbortController,
  limits: StreamLimits,
): AsyncGenerator<ModelEvent> {
  const { signal } = controller;
  const stopBy = (limit: keyof StreamLimits) => {
    return setTimeout(() => controller.abort(new ProviderTimeout(limit, limits[limit])), limits[limit]);
  };
  const total = stopBy('totalLimitMs');
  const events = open(signal)[Symbol.asyncIterator]();
  let started = false;
  try {
    for (;;) {
      const limit = stopBy(started ? 'idleLimitMs' : 'firstTokenLimitMs');
      const next = await unlessAborted(events.next(), signal).finally(() => clearTimeout(limit));
      if (next.done) return;
      started ||= next.value.kind === 'delta' && next.value.text !== '';
      yield next.value;
    }
  } finally {
    clearTimeout(total);
    // Not awaited: a provider in the middle of a wait answers only after it, or never.
    void events.return?.()?.then(undefined, () => {});
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    const done = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(done);
  });
}
