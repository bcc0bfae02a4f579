/**
 * Something that decides requests is no longer what it was: a token or session ended, a user's standing
 * or roles changed, a role permits something else, a signing key came or went. Whoever holds something about
 * the subject in memory reads it anew.
 */
export interface AuthChange {
  readonly kind: 'token' | 'session' | 'user' | 'role' | 'key';
  readonly subject: string;
  /** For people and gateways: the end reason, or what changed. Of a user's standing it is the new status, `banned` or `active`. */
  readonly reason: string;
}

export interface RecordedChange extends AuthChange {
  readonly recordedAt: Date;
}
