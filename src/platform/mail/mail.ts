import { port } from '../kernel/index.js';
import { mailErrors } from './mail.errors.js';

export interface MailMessage {
  /** One bare address: `name@example.com`. */
  readonly to: string;
  /** One line of at most 255 characters. */
  readonly subject: string;
  readonly text: string;
  /** The same in HTML, for readers that show it. */
  readonly html?: string;
  /** `X-…`, `Auto-Submitted`, `List-Unsubscribe`, `List-Unsubscribe-Post`, `In-Reply-To`, `References`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What caused it, such as an event's id: 1 to 200 characters. A mail of the same key goes out once. */
  readonly idempotencyKey: string;
}

export type MailRefusal =
  | 'recipient-invalid'
  | 'subject-invalid'
  | 'header-invalid'
  | 'message-too-large'
  | 'idempotency-key-invalid';

/** `written`: it lies in a file and was not sent. */
export type MailReceipt =
  | {
      readonly accepted: true;
      readonly outcome: 'written';
      readonly messageId: string;
      /** An earlier call had the same key: nothing was done now. */
      readonly repeated: boolean;
    }
  | { readonly accepted: false; readonly reason: MailRefusal };

export interface Mail {
  /**
   * Hands one mail over. Refused is a value: no later try of the same message fares better. Rejects with
   * `mail-unavailable` when it could not be handed over: it was not, and may be tried again with the same key.
   * Two calls at once with the same key are one mail.
   */
  send(message: MailMessage): Promise<MailReceipt>;
}

/** Where nothing sends mail it is unavailable, and whoever has some tries again. */
export const Mail = port<Mail>('mail', {
  whenAbsent: {
    send: () => Promise.reject(mailErrors.mailUnavailable({ internal: 'there is no mail service' })),
  },
});
