import { type BaseService, type Health, healthy } from '../kernel/index.js';
import { readControlFile, removeControlFile, writeControlFile } from './control-file.js';

export interface ControlServiceOptions {
  readonly dataDir: string;
  /** Where the server listens; asked when this service starts, so it needs the server. */
  readonly url: () => string;
  readonly token: string;
}

/** Makes the server that works on a data folder known to the command line while it listens. */
export class ControlService implements BaseService {
  readonly name = 'control';
  readonly version = '1.0.0';
  readonly #options: ControlServiceOptions;

  constructor(options: ControlServiceOptions) {
    this.#options = options;
  }

  async initialize(): Promise<void> {
    const { dataDir, url, token } = this.#options;
    await writeControlFile(dataDir, { url: url(), token });
  }

  async health(): Promise<Health> {
    const found = await readControlFile(this.#options.dataDir);
    if (found?.token === this.#options.token) return healthy;
    return {
      status: 'degraded',
      detail: 'control.json is gone or replaced: commands do not reach this server',
    };
  }

  async close(): Promise<void> {
    await removeControlFile(this.#options.dataDir, this.#options.token);
  }
}
