/** How a value becomes the text that is hashed: the same on every server, whatever its settings. */
export type SealedType = 'text' | 'uuid' | 'integer' | 'moment' | 'bytes' | 'json';

export interface SealedColumn {
  readonly name: string;
  readonly type: SealedType;
}

/**
 * Erasable content of sealed rows, in a table of its own: the row holds only its hash, so that it can be erased
 * and the row still verifies. The first column is a random salt, or short contents could be guessed from the hash.
 */
export interface SealedDetails {
  readonly table: string;
  /** The column that holds the id of the sealed row. */
  readonly idColumn: string;
  /** Never changed: rows of earlier releases were hashed by it. */
  readonly columns: readonly SealedColumn[];
  /** The column of the sealed row that holds the hash of `columns`; null for a row without content. */
  readonly hashColumn: string;
}

/** A table whose rows are never changed, never deleted, and sealed in the order of their transactions. */
export interface SealedTable {
  /** Name of its chain of seals, kebab-case; never renamed. Also the label of its metrics. */
  readonly chain: string;
  /** Made by its own migration and `sealable`; its key is `id uuid`. */
  readonly table: string;
  /** The column (timestamptz) that says when a row was written, from which the lag is told. */
  readonly momentColumn: string;
  /**
   * What is hashed of a row besides its position (epoch, xid, id): a list of columns for each version of the
   * form. A later release appends a list and never changes one, since each seal names the form it was made by.
   */
  readonly forms: readonly (readonly SealedColumn[])[];
  readonly details?: SealedDetails;
}

/** Where a row stands in its chain. Transaction ids begin anew on another server: the epoch comes first. */
export interface SealPosition {
  readonly epoch: number;
  /** A 64-bit transaction id in decimal. */
  readonly xid: string;
  readonly id: string;
}
