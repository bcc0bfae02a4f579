class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

interface Options<T> {
  /** Ends the wait early, as the time limit does. */
  readonly signal?: AbortSignal;
  /** Called before the rejection when `work` is left behind still running. */
  readonly abandoned?: (running: Promise<T>) => void;
}

/**
 * Runs `work` with a signal that aborts after `limitMs`, and rejects with a TimeLimitError then even
 * if the work does not heed the signal.
 */
export function withTimeLimit<T>(
  what: string,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  { signal, abandoned }: Options<T> = {},
): Promise<T> {
  const controller = new AbortController();
  const running = (async () => work(controller.signal))();
  return new Promise((resolve, reject) => {
    const leave = (reason: Error) => {
      finish();
      abandoned?.(running);
      reject(reason);
      controller.abort(reason);
    };
    const cancel = () => leave(new Error(`${what} was cancelled`, { cause: signal?.reason }));
    const timer = setTimeout(
      () => leave(new TimeLimitError(`${what} took longer than ${limitMs} ms`)),
      limitMs,
    );
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    };
    running.then(resolve, reject).then(finish);
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
  });
}
