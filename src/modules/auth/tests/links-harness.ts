import { pino } from 'pino';
import type { Database } from '../../../platform/database/index.js';
import type { DeliveredEvent, EventHandler } from '../../../platform/events/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Mail, MailMessage, MailReceipt } from '../../../platform/mail/index.js';
import { mailHandlers } from '../link/mail.handlers.js';
import type { Auth } from './auth-harness.js';

/** Keeps what would go out, once for each key, as the port promises. */
class RecordingMail implements Mail {
  readonly sent: MailMessage[] = [];
  refuse: MailReceipt | undefined;
  failure: Error | undefined;

  async send(message: MailMessage): Promise<MailReceipt> {
    if (this.failure) throw this.failure;
    if (this.refuse) return this.refuse;
    const repeated = this.sent.some(({ idempotencyKey }) => idempotencyKey === message.idempotencyKey);
    if (!repeated) this.sent.push(message);
    return { accepted: true, outcome: 'written', messageId: '<1@test>', repeated };
  }
}

/** Delivers the committed events to the handlers of auth, as the dispatcher would, each as often as asked. */
export class Deliveries {
  readonly mail = new RecordingMail();
  readonly logged: string[] = [];
  readonly #auth: Auth;
  readonly #handlers: readonly EventHandler[];
  #delivered = 0;

  constructor(db: Database, clock: Clock, auth: Auth) {
    this.#auth = auth;
    const log = pino({ level: 'trace' }, { write: (line: string) => void this.logged.push(line) });
    this.#handlers = mailHandlers({ db, clock, mail: this.mail, links: auth.links, log });
  }

  /** All that were committed since the last call. */
  async deliver(times = 1): Promise<void> {
    const { committed } = this.#auth.events;
    const fresh = committed.slice(this.#delivered);
    this.#delivered = committed.length;
    for (const [index, { type, payload, aggregate }] of fresh.entries()) {
      const id = `event-${committed.length - fresh.length + index}`;
      const event: DeliveredEvent = { id, type, aggregate, payload, occurredAt: new Date(0), attempt: 1 };
      for (const handler of this.#handlers.filter(({ event: { type: wanted } }) => wanted === type)) {
        if (!('deliver' in handler)) throw new Error('auth only sends mail');
        for (let n = 0; n < times; n += 1) await handler.deliver(event, new AbortController().signal);
      }
    }
  }

  /** The token of the newest mail to an address; fails when there is none. */
  tokenTo(address: string): string {
    const text = this.mail.sent.findLast(({ to }) => to === address)?.text ?? '';
    const token = /#token=([\w-]+)/.exec(text)?.[1];
    if (token === undefined) throw new Error(`no link was mailed to ${address}`);
    return token;
  }

  countTo(address: string): number {
    return this.mail.sent.filter(({ to }) => to === address).length;
  }
}
