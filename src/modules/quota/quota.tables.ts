import type { Share } from './quota.domain.js';
import type { GrantKind } from './quota.port.js';

interface GrantsTable {
  id: string;
  user_id: string;
  kind: GrantKind;
  tokens: number;
  unlimited: boolean;
  provisional: boolean;
  used: number;
  reserved: number;
  starts_at: Date;
  ends_at: Date;
}

interface SuspensionsTable {
  user_id: string;
  reason: string;
  suspended_at: Date;
}

interface ReservationsTable {
  call_id: string;
  user_id: string;
  operation: string;
  model: string;
  max_tokens: number;
  in_factor: number;
  out_factor: number;
  ceiling: number;
  split: Share[];
  entitled_tokens: number;
  entitled_unlimited: boolean;
  state: 'open' | 'settled' | 'released' | 'expired';
  noted_prompt: number;
  noted_completion: number;
  charged: number;
  absorbed: number;
  created_at: Date;
  expires_at: Date;
}

interface JournalTable {
  user_id: string;
  id: string;
  at: Date;
  kind: 'grant' | 'usage' | 'expiry';
  tokens: number;
  split: Share[];
  call_id: string | null;
  operation: string | null;
  model: string | null;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  absorbed_tokens: number | null;
}

export interface QuotaTables {
  quota_grants: GrantsTable;
  quota_suspensions: SuspensionsTable;
  quota_reservations: ReservationsTable;
  quota_journal: JournalTable;
}

export type GrantRow = GrantsTable;
export type ReservationRow = ReservationsTable;
export type JournalRow = JournalTable;
