import type { AppError } from '../../../platform/errors/index.js';
import { authErrors } from '../auth.errors.js';
import type { SecondFactor as AskedAtSignIn, FactorVerdict } from '../login/second-factor.js';
import type { Check, SecondFactor } from './second-factor.js';

/** The second factor as a sign-in asks for it: nobody is known yet, so its refusals are 401s. */
export class SignInFactor implements AskedAtSignIn {
  readonly #factor: SecondFactor;

  constructor(factor: SecondFactor) {
    this.#factor = factor;
  }

  async check(userId: string, code: string | undefined): Promise<FactorVerdict> {
    const found = await this.#factor.check(userId, code);
    if (found.outcome === 'off' || found.outcome === 'right') {
      return {
        passed: true,
        spend: async (tx) =>
          (await this.#factor.spend(tx, userId, found)) ? undefined : authErrors.totpInvalid(),
      };
    }
    return { passed: false, refusal: refusalOf(found), counts: found.outcome === 'wrong' };
  }
}

function refusalOf(check: Exclude<Check, { outcome: 'off' | 'right' }>): AppError {
  if (check.outcome === 'locked') return check.refusal;
  return check.outcome === 'required' ? authErrors.totpRequired() : authErrors.totpInvalid();
}
