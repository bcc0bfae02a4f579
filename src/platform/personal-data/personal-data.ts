import type { Database, Tx } from '../database/index.js';
import type { Localized } from '../errors/index.js';
import { port } from '../kernel/index.js';

/** A part of a module that keeps something about people. */
export interface PersonalDataHolder {
  /** Member of the export, kebab-case: `sessions`. */
  readonly name: string;
  /** What is kept about the user, as plain JSON, read page by page so that memory stays bounded. */
  export(database: Database, userId: string): AsyncIterable<Readonly<Record<string, unknown>>>;
  /**
   * Erases it, or detaches it from the person, in the transaction that closes the account: SQL only, a bounded number
   * of statements. What is sealed or booked stays, and names an id that is nobody's any more.
   */
  erase(tx: Tx, userId: string): Promise<void>;
  /** Why the account cannot be closed yet, and what to do about it, for the user to read. */
  obstacle?(tx: Tx, userId: string): Promise<Localized | undefined>;
}

/** The holders of all modules. */
export interface PersonalDataHolders {
  all(): readonly PersonalDataHolder[];
}

export const PersonalDataHolders = port<PersonalDataHolders>('personal-data-holders');
