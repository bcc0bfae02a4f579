import type { ColumnType, Generated } from 'kysely';

export interface SealTables {
  seal_chains: {
    name: string;
    epoch: Generated<number>;
    head_number: Generated<number>;
    head_hash: Generated<Buffer>;
    head_epoch: Generated<number>;
    /** As text: it is wider than a number. */
    head_xid: Generated<string>;
    head_id: Generated<string>;
  };
  seals: {
    chain: string;
    number: number;
    form: number;
    epoch: number;
    xid: string;
    id: string;
    row_count: number;
    leaves: Buffer;
    previous_hash: Buffer;
    hash: Buffer;
    sealed_at: ColumnType<Date, Date, never>;
  };
}
