import type { GrantKind, TokenSums, TokenUsage } from './quota.port.js';

/** Tokens given to a user until a moment. `tokens`, `used` and `reserved` are whole numbers >= 0. */
export interface Grant {
  readonly id: string;
  readonly userId: string;
  readonly kind: GrantKind;
  tokens: number;
  /** A state of its own: nothing is refused, everything is counted in `used` and `reserved`. */
  unlimited: boolean;
  /** Made by a settlement from what its call began with; the next reservation of the day sets it right. */
  provisional: boolean;
  used: number;
  reserved: number;
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** What a user's daily grant amounts to by role and factor. */
export interface Entitlement {
  readonly tokens: number;
  readonly unlimited: boolean;
}

/** A part of a reservation or charge and the grant that carries it. */
export interface Share {
  readonly grantId: string;
  readonly tokens: number;
}

/** Thousandths of a charged token for a prompt token and for a completion token. */
export interface Price {
  readonly inFactor: number;
  readonly outFactor: number;
}

export function costTokens(usage: TokenUsage, price: Price): number {
  return Math.ceil((usage.promptTokens * price.inFactor + usage.completionTokens * price.outFactor) / 1000);
}

/** The most completion tokens that `budget` pays beside the prompt; negative when the prompt alone is too dear. */
export function completionTokensWithin(budget: number, promptTokens: number, price: Price): number {
  const left = budget * 1000 - promptTokens * price.inFactor;
  if (left < 0) return -1;
  return price.outFactor === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(left / price.outFactor);
}

export function isAlive(grant: Grant, now: Date): boolean {
  return grant.startsAt <= now && now < grant.endsAt;
}

/** What may still be reserved from a living grant. */
export function spendable(grant: Grant): number {
  return grant.unlimited ? Number.POSITIVE_INFINITY : grant.tokens - grant.used - grant.reserved;
}

/** Unlimited first, so that what was bought is kept; then by the nearest end, then the oldest (ids ascend with time). */
export function bySpendingOrder(a: Grant, b: Grant): number {
  if (a.unlimited !== b.unlimited) return a.unlimited ? -1 : 1;
  return a.endsAt.getTime() - b.endsAt.getTime() || (a.id < b.id ? -1 : 1);
}

/**
 * Brings today's daily grant in line with the role: a rise lifts it at once, a fall counts from midnight,
 * except that a provisional grant takes exactly what the role has. Answers the change in tokens.
 */
export function applyEntitlement(grant: Grant, entitlement: Entitlement): number {
  const before = grant.tokens;
  if (grant.provisional) {
    grant.tokens = Math.max(entitlement.tokens, grant.used + grant.reserved);
    grant.unlimited = entitlement.unlimited;
    grant.provisional = false;
  } else {
    grant.tokens = Math.max(entitlement.tokens, grant.tokens);
    grant.unlimited ||= entitlement.unlimited;
  }
  return grant.tokens - before;
}

/**
 * granted = available + reserved + used + expired by construction of `available` and `expired`; an
 * unlimited grant has granted what it gave out. What returns to an ended grant is expired.
 */
export function sumsOf(grant: Grant, now: Date): TokenSums {
  const { used, reserved } = grant;
  const granted = grant.unlimited ? Math.max(grant.tokens, used + reserved) : grant.tokens;
  const rest = granted - used - reserved;
  const alive = isAlive(grant, now);
  return { granted, available: alive ? rest : 0, reserved, used, expired: alive ? 0 : rest };
}
