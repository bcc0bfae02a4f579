import { join } from 'node:path';
import { ensureFolder, listFolder, remove, writeSecretFile } from '../../../platform/files/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { CodeMessage, CodeReceipt, SessionCode } from './session-code.js';

const suffix = '.txt';

interface SandboxSenderDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly folder: string;
  /** Beyond it the oldest is removed. */
  readonly filesMax: number;
}

/**
 * Writes each message to a file that only this user may read, as mail does, for installations without a provider. The
 * name of a file tells neither the phone nor the code; names sort by time.
 */
export class SandboxSender implements SessionCode {
  readonly #deps: SandboxSenderDeps;

  constructor(deps: SandboxSenderDeps) {
    this.#deps = deps;
  }

  hasSender(): boolean {
    return true;
  }

  async send({ phone, code, purpose, locale }: CodeMessage): Promise<CodeReceipt> {
    const { clock, log, folder } = this.#deps;
    const now = clock.now();
    const file = `${now.toISOString().replace(/[-:.]/g, '')}-${newId(now)}${suffix}`;
    await ensureFolder(folder);
    await writeSecretFile(
      join(folder, file),
      `to: ${phone}\ncode: ${code}\npurpose: ${purpose}\nlocale: ${locale}\n`,
    );
    await this.#removeOldest();
    log.info({ file }, 'a code for a phone was written to a file and not sent');
    return { outcome: 'written' };
  }

  async #removeOldest(): Promise<void> {
    const { folder, filesMax } = this.#deps;
    const names = ((await listFolder(folder)) ?? []).filter((name) => name.endsWith(suffix)).sort();
    for (const oldest of names.slice(0, Math.max(0, names.length - filesMax)))
      await remove(join(folder, oldest));
  }
}
