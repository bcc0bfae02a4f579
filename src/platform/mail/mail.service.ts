import { type BaseService, type Clock, type Health, healthy } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import { composeMail } from './compose.js';
import type { MailConfig } from './mail.config.js';
import { mailErrors } from './mail.errors.js';
import type { Mail, MailMessage, MailReceipt } from './mail.js';
import { MailFiles, mailIdOf } from './mail-files.js';
import { isMailAddress, isOneLine, refusalOf } from './message-check.js';

export interface MailServiceOptions {
  readonly config: MailConfig;
  /** Where the files go. */
  readonly folder: string;
  /** In production people wait for mail: that none is sent is then a defect, otherwise worth knowing. */
  readonly isProduction: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Anybody may read it, so it names the key and not the path. */
const notSent = 'mail is written to files in the folder "mail" of data.dir and not sent';

/** Mail for an installation that is not connected to a mail server: each one is a file that a person can open. */
export class MailService implements BaseService, Mail {
  readonly name = 'mail';
  readonly version = '1.0.0';
  readonly #options: MailServiceOptions;
  readonly #files: MailFiles;
  /** Of the mails on their way, by id. */
  readonly #sending = new Map<string, Promise<MailReceipt>>();
  #isFailing = false;

  /** Raises an error that names the key when the configured sender is impossible. */
  constructor(options: MailServiceOptions) {
    const { from, fromName, filesMax } = options.config;
    if (!isMailAddress(from)) {
      throw new Error(`mail.from must be one address such as no-reply@example.com, not "${from}".`);
    }
    if (!isOneLine(fromName)) throw new Error('mail.fromName must be one line without control characters.');
    this.#options = options;
    this.#files = new MailFiles(options.folder, filesMax);
  }

  async initialize(): Promise<void> {
    await this.#files.open();
    this.#isFailing = false;
  }

  async health(): Promise<Health> {
    if (this.#isFailing && !(await this.#worksAgain())) {
      return { status: 'unhealthy', detail: 'mail cannot be written to the folder "mail" of data.dir' };
    }
    return this.#options.isProduction
      ? { status: 'degraded', detail: notSent }
      : { ...healthy, note: notSent };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#sending.values());
  }

  async send(message: MailMessage): Promise<MailReceipt> {
    const reason = refusalOf(message, this.#options.config.messageBytesMax);
    if (reason) return { accepted: false, reason };
    const id = mailIdOf(message.idempotencyKey);
    const first = this.#sending.get(id);
    if (first) return first.then((receipt) => (receipt.accepted ? { ...receipt, repeated: true } : receipt));
    const sending = this.#write(id, message).finally(() => this.#sending.delete(id));
    this.#sending.set(id, sending);
    return sending;
  }

  async #write(id: string, message: MailMessage): Promise<MailReceipt> {
    const { config, clock, log } = this.#options;
    const messageId = `<${id}@${config.from.slice(config.from.lastIndexOf('@') + 1)}>`;
    const receipt = { accepted: true, outcome: 'written', messageId } as const;
    const from = { name: config.fromName, address: config.from };
    const date = clock.now();
    const content = await composeMail(message, { from, messageId, date });
    try {
      if (await this.#files.has(id)) return { ...receipt, repeated: true };
      const file = await this.#files.add(id, date, content);
      this.#isFailing = false;
      log.info({ file }, 'a mail was written to a file and not sent');
      return { ...receipt, repeated: false };
    } catch (cause) {
      this.#isFailing = true;
      throw mailErrors.mailUnavailable({
        cause,
        internal: `mail cannot be written to ${this.#files.folder}`,
      });
    }
  }

  async #worksAgain(): Promise<boolean> {
    try {
      await this.#files.probe();
      this.#isFailing = false;
    } catch {
      // Told by the health itself, every time somebody asks.
    }
    return !this.#isFailing;
  }
}
