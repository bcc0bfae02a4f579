import type { ContainerOptions } from './container.js';

interface EndOptions {
  readonly stop: () => Promise<void>;
  /** After this the process ends, whatever still runs. */
  readonly stopTimeoutMs: number;
  readonly log: ContainerOptions['log'];
}

/** npm and a terminal deliver one Ctrl-C twice within moments; a person who insists takes longer. */
const insistAfterMs = 2_000;

/**
 * Ends the process in order on SIGTERM, SIGINT or an error that nothing caught: exit code 0 after a
 * clean stop on a signal, else 1. A second signal, at least 2 s after the first, ends it at once.
 * Answers a function that tells whether the end has begun.
 */
export function endInOrder({ stop, stopTimeoutMs, log }: EndOptions): () => boolean {
  let begunMs: number | undefined;

  const end = (exitCode: number) => {
    begunMs = performance.now();
    setTimeout(() => {
      log.error({ stopTimeoutMs }, 'the stop took too long');
      process.exit(1);
    }, stopTimeoutMs).unref();
    stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        log.error({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };
  const onSignal = (signal: string) => {
    if (begunMs !== undefined) {
      if (performance.now() - begunMs >= insistAfterMs) process.exit(1);
      return;
    }
    log.info({ signal }, 'stopping');
    end(0);
  };
  const onError = (error: unknown) => {
    log.error({ err: error }, 'an error that nothing caught ends the process');
    if (begunMs === undefined) end(1);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  process.on('uncaughtException', onError).on('unhandledRejection', onError);
  return () => begunMs !== undefined;
}
