import Type, { type Static } from 'typebox';
import { usernameConfig } from './account/account.config.js';
import { linksConfig } from './link/link.config.js';
import { loginConfig } from './login/login.config.js';
import { passwordConfig } from './password/password.config.js';
import { phoneConfig } from './phone/phone.config.js';
import { revocationConfig } from './revocation/revocation.config.js';
import { proofAttemptsConfig } from './second-factor/proof-attempts.config.js';
import { secondFactorConfig } from './second-factor/second-factor.config.js';
import { sessionConfig } from './session/session.config.js';
import { accessTokenConfig } from './token/access-token.config.js';
import { signingKeysConfig } from './token/signing-keys.config.js';

export const authConfig = Type.Object({
  adminPassword: Type.Optional(
    Type.String({
      secret: true,
      minLength: 1,
      maxLength: 256,
      description: 'Password of the first `admin`. Absent: one is made and printed once.',
    }),
  ),
  username: usernameConfig,
  password: passwordConfig,
  login: loginConfig,
  phone: phoneConfig,
  requireAdminTotp: Type.Boolean({
    default: false,
    description: 'Administrators need a second factor for acts on money, roles and bans.',
  }),
  secondFactor: secondFactorConfig,
  links: linksConfig,
  proofAttempts: proofAttemptsConfig,
  session: sessionConfig,
  accessToken: accessTokenConfig,
  keys: signingKeysConfig,
  revocation: revocationConfig,
});

export type AuthConfig = Static<typeof authConfig>;
