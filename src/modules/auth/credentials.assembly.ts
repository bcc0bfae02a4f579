import type { Audit } from '../../platform/audit/index.js';
import type { Database } from '../../platform/database/index.js';
import type { EventHandler, Events } from '../../platform/events/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import type { Logger } from '../../platform/logger/index.js';
import type { Mail } from '../../platform/mail/index.js';
import type { Secrets } from '../../platform/secrets/index.js';
import type { AuthConfig } from './auth.config.js';
import { emailRoutes } from './contact/email.routes.js';
import { EmailService } from './contact/email.service.js';
import { linkJobs } from './link/link.jobs.js';
import { linkHolder } from './link/link.personal-data.js';
import { Links } from './link/links.js';
import { mailHandlers } from './link/mail.handlers.js';
import type { LoginGuard } from './login/login-guard.js';
import { passwordRoutes } from './password/password.routes.js';
import { PasswordService } from './password/password.service.js';
import type { PasswordHasher } from './password/password-hasher.js';
import { PasswordPolicy } from './password/password-policy.js';
import { PasswordProof } from './password/password-proof.js';
import type { AuthChanges } from './revocation/auth-changes.js';
import type { Acting } from './role/acting.js';
import { ProofAttempts } from './second-factor/proof-attempts.js';
import { SecondFactor } from './second-factor/second-factor.js';
import { secondFactorHolder } from './second-factor/second-factor.personal-data.js';
import { totpSeedSecrets } from './second-factor/second-factor.secrets.js';
import { SecondFactorService } from './second-factor/second-factor.service.js';
import { SignInFactor } from './second-factor/sign-in-factor.js';
import { totpRoutes } from './second-factor/totp.routes.js';
import type { SessionEnds } from './session/session-ends.js';
import type { KeyRing } from './token/key-ring.js';

interface CredentialsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly events: Events;
  readonly config: AuthConfig;
  readonly secrets: Secrets;
  readonly hasher: PasswordHasher;
  readonly keys: KeyRing;
  readonly changes: AuthChanges;
  readonly ends: SessionEnds;
  readonly acting: Acting;
  readonly guard: LoginGuard;
}

/** What people prove themselves with, and how they change it: passwords, addresses, second factors. */
export function assembleCredentials(deps: CredentialsDeps) {
  const { db, clock, audit, events, config, secrets, hasher, keys, changes, ends, acting, guard } = deps;
  const policy = new PasswordPolicy(config.password);
  const attempts = new ProofAttempts({ db, clock, config: config.proofAttempts });
  const proof = new PasswordProof({
    ...{ db, clock, hasher, attempts },
    freshSignInSeconds: config.proofAttempts.freshSignInSeconds,
  });
  const links = new Links({ db, clock, events, keys, config: config.links });
  const emails = new EmailService({ db, clock, events, links, proof });
  const passwords = new PasswordService({
    ...{ db, clock, audit, events, hasher, policy, proof, attempts, links, ends, acting, guard },
  });
  const factor = new SecondFactor({ db, clock, events, secrets, attempts });
  const secondFactor = new SecondFactorService({
    ...{ db, clock, events, changes, secrets, attempts, factor, passwords: proof },
    config: config.secondFactor,
  });
  return {
    ...{ policy, proof, links, emails, passwords, factor, secondFactor },
    signInFactor: new SignInFactor(factor),
    routes: [...passwordRoutes(passwords), ...emailRoutes(emails), ...totpRoutes(secondFactor)],
    jobs: linkJobs({ db, clock }),
    handlers: (mail: Mail, log: Logger): EventHandler[] => mailHandlers({ db, clock, mail, links, log }),
    secretHolders: [totpSeedSecrets],
    personalData: [secondFactorHolder, linkHolder],
  };
}
