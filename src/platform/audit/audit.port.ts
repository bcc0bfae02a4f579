import type { Tx } from '../database/index.js';
import { port } from '../kernel/index.js';
import type { Verification, VerifyOptions } from '../sealer/index.js';

export type AuditActorKind = 'user' | 'system' | 'command';

/** Somebody who signed in. */
export interface UserActor {
  readonly kind: 'user';
  readonly userId: string;
  /** Network address; erasable. */
  readonly address?: string | undefined;
}

/** Who did it. */
export type AuditActor =
  | UserActor
  /** The platform by itself, or a person at the command line of its machine. */
  | { readonly kind: 'system' | 'command' };

export interface AuditEntry {
  /** `<area>.<what>`, kebab-case, at most 64 characters: `auth.role-granted`. A constant of the code. */
  readonly action: string;
  readonly actor: AuditActor;
  /** What it was done to: a kebab-case kind (`user`, `book`) and an id, never a name: it cannot be erased. */
  readonly target: { readonly type: string; readonly id: string };
  /** What changed, as it was and as it is. Secret members are masked, long ones are cut. Erasable, as is all below. */
  readonly before?: Readonly<Record<string, unknown>> | undefined;
  readonly after?: Readonly<Record<string, unknown>> | undefined;
  /** What the actor gave as the reason; cut at 1 000 characters. */
  readonly reason?: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** The log of who did what. Its records are sealed: nobody can change one unnoticed. */
export interface Audit {
  /**
   * Writes a record in the caller's transaction: it is there if, and only if, what it tells about has happened.
   * Answers its id. Request and trace come from the context. Raises a TypeError for an entry that is not as
   * described, which is a mistake in the code.
   */
  record(tx: Tx, entry: AuditEntry): Promise<string>;
  /**
   * Erases the details (address, before, after, reason, detail) of every record about a user; the records stay and
   * verify. What the user did to others keeps its details: nobody washes a misuse away by leaving. Writes a record of
   * it and answers how many lost their details.
   */
  erase(tx: Tx, userId: string, actor: AuditActor): Promise<number>;
}

export const Audit = port<Audit>('audit');

export interface AuditFilter {
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly targetType?: string | undefined;
  readonly targetId?: string | undefined;
  /** Inclusive. */
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}

export interface AuditRecord {
  readonly id: string;
  readonly recordedAt: Date;
  readonly action: string;
  readonly actor: {
    readonly kind: AuditActorKind;
    readonly userId: string | null;
    readonly address: string | null;
  };
  readonly target: { readonly type: string; readonly id: string };
  readonly requestId: string | null;
  readonly traceId: string | null;
  /** `none`: it never had any. */
  readonly details: 'none' | 'kept' | 'erased';
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly reason: string | null;
  readonly detail: Record<string, unknown> | null;
}

/** Where a page of records ended. */
export interface AuditPosition {
  readonly recordedAt: Date;
  readonly id: string;
}

/** The log for those who may read it. */
export interface AuditLog {
  /** The newest records first, at most `limit`, after a position. */
  list(
    filter: AuditFilter,
    page: { limit: number; after?: AuditPosition | undefined },
  ): Promise<AuditRecord[]>;
  /** Compares every sealed record with its seal; see `verifyChain`. */
  verify(options: VerifyOptions): Promise<Verification>;
  /**
   * The same for every sealed table, by the name of its chain, the audit log first. An expected head has to be in
   * one of the chains.
   */
  verifyAll(options: VerifyOptions): Promise<ReadonlyMap<string, Verification>>;
}

export const AuditLog = port<AuditLog>('audit.log');
