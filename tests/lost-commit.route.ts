import type { ApiAnswer } from '../src/testing/api-client.js';
import type { Mailbox } from '../src/testing/mailbox.js';
import type { TestApp } from '../src/testing/test-app.js';

export type When = 'before' | 'after';

interface Attempt {
  ask(): Promise<ApiAnswer>;
  /** What is there afterwards that one success leaves exactly once. */
  effects(again: ApiAnswer): Promise<number>;
}

/** What the installation sent to phones, oldest first. */
export type CodesOnPhones = () => Promise<string[]>;

/** What reaches people outside of the API. */
export interface Inbox {
  readonly mailbox: Mailbox;
  readonly codes: CodesOnPhones;
}

export interface WritingRoute {
  /** The statement whose connection is cut: at the commit that follows it, or at itself where it stands alone. */
  readonly statement: string;
  readonly inTransaction: boolean;
  /** The statuses of the same request again, when the effect was lost and when only its answer was. */
  readonly again: Readonly<Record<When, number>>;
  /** The problem that the lost one answers, if not the database's own. */
  readonly code?: string;
  prepare(server: TestApp & { readonly inbox: Inbox }): Promise<Attempt>;
}
