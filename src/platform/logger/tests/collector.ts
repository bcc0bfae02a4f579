import { createLogger, type LoggerOptions } from '../logger.js';

/** A destination that keeps its text. */
export class Collector {
  text = '';

  write(text: string): void {
    this.text += text;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  get objects(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  get last(): Record<string, unknown> {
    return this.objects.at(-1) ?? {};
  }
}

export function collecting(options: Partial<LoggerOptions> = {}) {
  const output = new Collector();
  const log = createLogger({
    level: 'trace',
    format: 'json',
    service: 'qingyu',
    version: '1.2.3',
    instance: 'i-1',
    destination: output,
    ...options,
  });
  return { log, output };
}
