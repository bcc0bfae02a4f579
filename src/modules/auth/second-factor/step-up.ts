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

/** When a session's step-up is over, ms since the epoch; 0 where there never was one. */
export function stepUpEndMs(
  { steppedUpAt }: Pick<SecondFactorFacts, 'steppedUpAt'>,
  { stepUpTtlSeconds }: Pick<StepUpRule, 'stepUpTtlSeconds'>,
): number {
  return steppedUpAt === null ? 0 : steppedUpAt.getTime() + stepUpTtlSeconds * 1000;
}

const admin: RoleName = 'admin';

/** The moment of its end is no longer part of a step-up. */
export function secondFactorState(facts: SecondFactorFacts, now: Date, rule: StepUpRule): SecondFactorState {
  const { totpEnabledAt, roles } = facts;
  const { isCompulsoryForAdmins } = rule;
  if (totpEnabledAt === null) return isCompulsoryForAdmins && roles.includes(admin) ? 'missing' : 'off';
  return now.getTime() < stepUpEndMs(facts, rule) ? 'fresh' : 'stale';
}
