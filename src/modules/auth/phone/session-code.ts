import type { Language } from '../../../platform/errors/index.js';
import { port } from '../../../platform/kernel/index.js';

export const codePurposes = ['sign-in', 'bind', 'unbind'] as const;
export type CodePurpose = (typeof codePurposes)[number];

export interface CodeMessage {
  /** E.164. */
  readonly phone: string;
  /** Six digits; never to be logged or kept. */
  readonly code: string;
  readonly purpose: CodePurpose;
  readonly locale: Language;
}

/** `written`: it lies in a file and was not sent. */
export interface CodeReceipt {
  readonly outcome: 'sent' | 'written';
}

/** What brings codes to phones: a provider of text messages. */
export interface SessionCode {
  /** Whether anything is there that sends. */
  hasSender(): boolean;
  /** Hands one message over, outside of any transaction. Rejects when it was not: nobody gets that code then. */
  send(message: CodeMessage): Promise<CodeReceipt>;
}

export const SessionCode = port<SessionCode>('auth.session-code', {
  whenAbsent: {
    hasSender: () => false,
    send: () => Promise.reject(new Error('nothing sends codes to phones')),
  },
});

/** The sender of the installation, or the sandbox where it has none. */
export function senderOf(sender: SessionCode, sandbox: SessionCode | undefined): SessionCode {
  const current = () => (sender.hasSender() || !sandbox ? sender : sandbox);
  return { hasSender: () => current().hasSender(), send: (message) => current().send(message) };
}
