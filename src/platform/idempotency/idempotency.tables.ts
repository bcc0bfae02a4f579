interface KeysTable {
  /** Whose key for what: user id, method and route template. */
  scope: string;
  key: string;
  request_hash: Buffer;
  state: 'running' | 'done' | 'too-large';
  answer: string | null;
  holder: string | null;
  running_until: Date | null;
  expires_at: Date;
}

export interface IdempotencyTables {
  idempotency_keys: KeysTable;
}
