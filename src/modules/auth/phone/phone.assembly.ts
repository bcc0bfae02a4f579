import { join } from 'node:path';
import type { EffectiveConfig } from '../../../platform/config/index.js';
import type { Database } from '../../../platform/database/index.js';
import type { DataFolder } from '../../../platform/files/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { AccountService } from '../account/account.service.js';
import type { AuthConfig } from '../auth.config.js';
import type { AuthMetrics } from '../auth.metrics.js';
import type { SignIn } from '../login/sign-in.js';
import type { KeyRing } from '../token/key-ring.js';
import { phoneJobs } from './phone.jobs.js';
import { phoneHolder } from './phone.personal-data.js';
import { phoneRoutes } from './phone.routes.js';
import { PhoneService } from './phone.service.js';
import { PhoneCodes } from './phone-codes.js';
import { PhoneSignInService } from './phone-sign-in.service.js';
import { SandboxSender } from './sandbox-sender.js';
import { type SessionCode, senderOf } from './session-code.js';

interface SenderDeps {
  readonly sessionCode: SessionCode;
  readonly effectiveConfig: EffectiveConfig;
  readonly dataFolder: DataFolder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: AuthConfig;
}

/** Outside production codes are written to the folder `sms` of the data folder where nothing sends them. */
export function codeSenderOf({ sessionCode, effectiveConfig, dataFolder, ...deps }: SenderDeps): SessionCode {
  const { clock, log, config } = deps;
  if (effectiveConfig.environment === 'production') return senderOf(sessionCode, undefined);
  const folder = join(dataFolder.path, 'sms');
  const sandbox = new SandboxSender({ clock, log, folder, filesMax: config.phone.sandboxFilesMax });
  return senderOf(sessionCode, sandbox);
}

interface PhoneDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: AuthConfig;
  readonly metrics: AuthMetrics;
  readonly keys: KeyRing;
  readonly accounts: AccountService;
  readonly entrance: SignIn;
  readonly codeSender: SessionCode;
}

/** Phones as a way in. Usable once `keys` are loaded. */
export function assemblePhones({
  keys,
  accounts,
  entrance,
  codeSender,
  config,
  metrics,
  ...deps
}: PhoneDeps) {
  const codes = new PhoneCodes({
    ...deps,
    sender: codeSender,
    config: config.phone,
    secret: () => keys.refreshKey,
  });
  const phones = new PhoneService({ ...deps, codes });
  const phoneSignIn = new PhoneSignInService({ ...deps, codes, accounts, signIn: entrance, metrics });
  const routes = phoneRoutes({ phones, phoneSignIn, config: config.phone });
  return { codes, phones, phoneSignIn, routes, jobs: phoneJobs(codes), personalData: [phoneHolder] };
}
