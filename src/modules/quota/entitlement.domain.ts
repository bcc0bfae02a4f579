import type { Entitlement } from './quota.domain.js';

export type DailyTokens = number | 'unlimited';
export type AuthorTier = 'novice' | 'signed' | 'master';

/** Daily tokens of each role and author tier. */
export interface DailyTokensByRole {
  readonly reader: DailyTokens;
  readonly author: Readonly<Record<AuthorTier, DailyTokens>>;
  readonly staff: DailyTokens;
}

const staffRoles = new Set(['reviewer', 'operator', 'admin']);

/** The best of what the roles give, times the factor (thousandths), rounded down. Everyone is a reader. */
export function entitlementOf(
  roles: readonly string[],
  daily: DailyTokensByRole,
  factorThousandths: number,
  authorTier: AuthorTier = 'novice',
): Entitlement {
  const held: DailyTokens[] = [daily.reader];
  if (roles.includes('author')) held.push(daily.author[authorTier]);
  if (roles.some((role) => staffRoles.has(role))) held.push(daily.staff);
  const limited = held.filter((tokens) => tokens !== 'unlimited');
  if (limited.length < held.length) return { tokens: 0, unlimited: true };
  return { tokens: Math.floor((Math.max(...limited) * factorThousandths) / 1000), unlimited: false };
}
