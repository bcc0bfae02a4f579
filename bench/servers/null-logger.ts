import { createLogger, type Logger } from '../../src/platform/logger/index.js';

/** Makes every line of the log, as the application does, and writes it to nowhere. */
export function nullLogger(): Logger {
  return createLogger({
    level: 'info',
    format: 'json',
    service: 'qingyu',
    version: '0',
    instance: 'bench',
    destination: { write: () => {} },
  });
}
