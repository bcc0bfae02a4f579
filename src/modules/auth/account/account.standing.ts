import type { AppError } from '../../../platform/errors/index.js';
import { authErrors } from '../auth.errors.js';
import type { AccountStatus } from '../auth.port.js';

/** What decides whether an account may be used. */
export interface Standing {
  readonly status: AccountStatus;
  /** Null: a ban has no end. */
  readonly bannedUntil: Date | null;
  /** For the user to read. */
  readonly banReason: string | null;
}

/** The status at a moment: a ban is over at its end, also where nobody lifted it. */
export function statusAt({ status, bannedUntil }: Standing, now: Date): AccountStatus {
  return status === 'banned' && bannedUntil !== null && now >= bannedUntil ? 'active' : status;
}

/** The 401 for an account that may not be used at this moment; a closed one is nobody's. */
export function standingRefusal(standing: Standing, now: Date): AppError | undefined {
  const status = statusAt(standing, now);
  if (status === 'active') return undefined;
  if (status === 'closed') return authErrors.tokenInvalid();
  const { banReason, bannedUntil } = standing;
  return authErrors.accountBanned({
    extensions: {
      reason: 'banned',
      ...(banReason !== null && { banReason }),
      bannedUntil: bannedUntil?.toISOString() ?? null,
    },
  });
}
