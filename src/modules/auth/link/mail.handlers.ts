import type { Database } from '../../../platform/database/index.js';
import { type EventHandler, onEvent } from '../../../platform/events/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { Mail } from '../../../platform/mail/index.js';
import { findAccount } from '../account/account.repository.js';
import { emailChanged } from '../contact/email.events.js';
import { linkRequested } from './link.events.js';
import type { Links } from './links.js';
import {
  emailChangedText,
  emailVerificationText,
  languageOf,
  type MailText,
  passwordResetText,
} from './mail-texts.js';

interface MailHandlerDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly mail: Mail;
  readonly links: Links;
  readonly log: Logger;
}

const texts = { 'password-reset': passwordResetText, 'email-verification': emailVerificationText } as const;
const hourMs = 3_600_000;

/** What auth writes to people. A link is looked at again when its mail goes out: it may be void by then. */
export function mailHandlers({ db, clock, mail, links, log }: MailHandlerDeps): EventHandler[] {
  async function send(idempotencyKey: string, to: string, { subject, text }: MailText): Promise<void> {
    const headers = { 'Auto-Submitted': 'auto-generated' };
    const receipt = await mail.send({ to, subject, text, headers, idempotencyKey });
    // No later try fares better; the address itself is personal and stays out of the log.
    if (!receipt.accepted) log.warn({ reason: receipt.reason }, 'a mail about an account cannot be sent');
  }
  return [
    onEvent({
      event: linkRequested,
      name: 'auth-link-mail',
      deliver: async ({ id, payload }) => {
        const link = await links.find(payload.linkId);
        if (!link?.email) return;
        const { url, expiresAt } = links.issued(link);
        const hours = Math.max(1, Math.round((expiresAt.getTime() - clock.now().getTime()) / hourMs));
        const text = texts[link.purpose][languageOf(link.locale)];
        await send(id, link.email, text({ username: link.username, url, hours }));
      },
    }),
    onEvent({
      event: emailChanged,
      name: 'auth-email-changed-mail',
      deliver: async ({ id, payload }) => {
        const account = await findAccount(db, payload.userId);
        if (!account || payload.previousEmail === undefined) return;
        const text = emailChangedText[languageOf(account.locale)];
        await send(id, payload.previousEmail, text({ username: account.username }));
      },
    }),
  ];
}
