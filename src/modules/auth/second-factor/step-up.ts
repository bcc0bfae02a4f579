import type { SecondFactorState } from '../../../platform/http/index.js';
import type { AuthConfig } from '../auth.config.js';
import type { RoleName } from '../auth.port.js';

/** What decides, of the rows of user and session. */
export interface SecondFactorFacts {
  readonly totpEnabledAt: Date | null;
  readonly steppedUpAt: Date | null;
  readonly roles: readonly string[];
}

export interface StepUpRule {
  readonly stepUpTtlSeconds: number;
  readonly isCompulsoryForAdmins: boolean;
}

export function stepUpRuleOf({ secondFactor, requireAdminTotp }: AuthConfig): StepUpRule {
  return { stepUpTtlSeconds: secondFactor.stepUpTtlSeconds, isCompulsoryForAdmins: requireAdminTotp };
}

const admin: RoleName = 'admin';

/** The moment of its end is no longer part of a step-up. */
export function secondFactorState(
  { totpEnabledAt, steppedUpAt, roles }: SecondFactorFacts,
  now: Date,
  { stepUpTtlSeconds, isCompulsoryForAdmins }: StepUpRule,
): SecondFactorState {
  if (totpEnabledAt === null) return isCompulsoryForAdmins && roles.includes(admin) ? 'missing' : 'off';
  const endsAt = steppedUpAt === null ? 0 : steppedUpAt.getTime() + stepUpTtlSeconds * 1000;
  return now.getTime() < endsAt ? 'fresh' : 'stale';
}
