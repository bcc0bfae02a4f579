import type { FinishReason } from './call.domain.js';

/** `running`: no end was written; past `ends_by` the process that ran it is gone. */
export type CallState = 'running' | 'done' | 'failed';

export interface CallRow {
  id: string;
  user_id: string;
  operation: string;
  provider: string;
  model: string;
  state: CallState;
  finish_reason: FinishReason | null;
  /** Code of the problem of a failed call. */
  problem: string | null;
  truncated: boolean;
  content: string;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  charged_tokens: number | null;
  started_at: Date;
  ends_by: Date;
  ended_at: Date | null;
}

export interface AiTables {
  ai_calls: CallRow;
}
