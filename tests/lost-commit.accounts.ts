import { systemClock } from '../src/platform/kernel/index.js';
import type { ApiClient } from '../src/testing/api-client.js';
import { AuthenticatorApp } from '../src/testing/authenticator-app.js';
import { newUser, type SignedInUser } from '../src/testing/factories.js';
import type { WritingRoute } from './lost-commit.route.js';

const next = 'xi-chun-da-guan-9';
/** More than one route in a row asks for mail of an address of its own. */
let addresses = 0;

/** An authenticator app that is enabled, with the code of this step; the next code is that of the step after. */
async function withTotp(api: ApiClient): Promise<SignedInUser & { app: AuthenticatorApp; codes: string[] }> {
  const user = await newUser(api);
  const { token, password } = user;
  const pending = await api.post('/auth/totp/setup', { token, body: { password } });
  const app = new AuthenticatorApp(pending.body.secret, systemClock);
  const enabled = await api.post('/auth/totp/enable', { token, body: { totp: app.code() } });
  return { ...user, app, codes: enabled.body.recoveryCodes };
}

async function withEmail(api: ApiClient): Promise<SignedInUser & { email: string }> {
  addresses += 1;
  const user = await newUser(api);
  const email = `lost-${addresses}@example.com`;
  await api.put('/auth/email', { token: user.token, body: { email, password: user.password } });
  return { ...user, email };
}

const signsIn = async (api: ApiClient, login: string, password: string) =>
  (await api.post('/auth/login', { body: { login, password } })).status === 200 ? 1 : 0;
const isOn = async (api: ApiClient, token: string) => (await api.get('/auth/totp', { token })).body.enabled;
const userOf = async (api: ApiClient, token: string) => (await api.get('/auth/me', { token })).body.user;

/** The second factor, passwords and addresses. */
export const accountWrites: Readonly<Record<string, WritingRoute>> = {
  'POST /api/v1/auth/totp/setup': {
    statement: 'insert into "totp_seeds"',
    inTransaction: true,
    again: { before: 200, after: 200 },
    async prepare({ api }) {
      const { token, password } = await newUser(api);
      return {
        ask: () => api.post('/auth/totp/setup', { token, body: { password } }),
        effects: async ({ body }) => {
          const totp = new AuthenticatorApp(body.secret, systemClock).code();
          return (await api.post('/auth/totp/enable', { token, body: { totp } })).status === 200 ? 1 : 0;
        },
      };
    },
  },
  'POST /api/v1/auth/totp/enable': {
    statement: 'update "totp_seeds"',
    inTransaction: true,
    again: { before: 200, after: 409 },
    async prepare({ api }) {
      const { token, password } = await newUser(api);
      const { body } = await api.post('/auth/totp/setup', { token, body: { password } });
      const totp = new AuthenticatorApp(body.secret, systemClock).code();
      return {
        ask: () => api.post('/auth/totp/enable', { token, body: { totp } }),
        effects: async () => ((await isOn(api, token)) ? 1 : 0),
      };
    },
  },
  'POST /api/v1/auth/totp/disable': {
    statement: 'delete from "totp_seeds"',
    inTransaction: true,
    again: { before: 204, after: 409 },
    async prepare({ api }) {
      const { token, password, codes } = await withTotp(api);
      const body = { password, recoveryCode: codes[0] };
      return {
        ask: () => api.post('/auth/totp/disable', { token, body }),
        effects: async () => ((await isOn(api, token)) ? 0 : 1),
      };
    },
  },
  'POST /api/v1/auth/totp/recovery-codes': {
    statement: 'insert into "recovery_codes"',
    inTransaction: true,
    again: { before: 200, after: 200 },
    async prepare({ api }) {
      const { token, username: login, password, app } = await withTotp(api);
      await api.post('/auth/step-up', { token, body: { totp: app.code(1) } });
      return {
        ask: () => api.post('/auth/totp/recovery-codes', { token }),
        effects: async ({ body }) => {
          const totp = body.recoveryCodes[0];
          return (await api.post('/auth/login', { body: { login, password, totp } })).status === 200 ? 1 : 0;
        },
      };
    },
  },
  'POST /api/v1/auth/step-up': {
    statement: 'update "sessions"',
    inTransaction: true,
    again: { before: 200, after: 403 },
    async prepare({ api }) {
      const { token, app } = await withTotp(api);
      const totp = app.code(1);
      return {
        ask: () => api.post('/auth/step-up', { token, body: { totp } }),
        effects: async () =>
          (await api.post('/auth/totp/recovery-codes', { token })).status === 200 ? 1 : 0,
      };
    },
  },
  'PUT /api/v1/auth/password': {
    statement: 'update "users"',
    inTransaction: true,
    again: { before: 204, after: 403 },
    async prepare({ api }) {
      const { token, username, password } = await newUser(api);
      return {
        ask: () => api.put('/auth/password', { token, body: { current: password, next } }),
        effects: () => signsIn(api, username, next),
      };
    },
  },
  'POST /api/v1/auth/password/forgot': {
    statement: 'insert into "auth_links"',
    inTransaction: true,
    again: { before: 202, after: 202 },
    async prepare({ api, inbox: { mailbox } }) {
      const { username: login, email } = await withEmail(api);
      await api.post('/auth/email/verify', { body: { token: await mailbox.tokenTo(email) } });
      return {
        ask: () => api.post('/auth/password/forgot', { body: { login } }),
        effects: async () => {
          const token = await mailbox.tokenTo(email, 2);
          const { status } = await api.post('/auth/password/reset', { body: { token, password: next } });
          return status === 204 ? 1 : 0;
        },
      };
    },
  },
  'POST /api/v1/auth/password/reset': {
    statement: 'update "users"',
    inTransaction: true,
    again: { before: 204, after: 400 },
    async prepare({ api, inbox: { mailbox } }) {
      const { username: login, email } = await withEmail(api);
      await api.post('/auth/email/verify', { body: { token: await mailbox.tokenTo(email) } });
      await api.post('/auth/password/forgot', { body: { login } });
      const token = await mailbox.tokenTo(email, 2);
      return {
        ask: () => api.post('/auth/password/reset', { body: { token, password: next } }),
        effects: () => signsIn(api, login, next),
      };
    },
  },
  'PUT /api/v1/auth/email': {
    statement: 'update "users"',
    inTransaction: true,
    again: { before: 200, after: 200 },
    async prepare({ api, inbox: { mailbox } }) {
      const { token, password, email } = await withEmail(api);
      const another = `another-${email}`;
      return {
        ask: () => api.put('/auth/email', { token, body: { email: another, password } }),
        effects: async () => {
          await mailbox.tokenTo(another);
          return (await userOf(api, token)).email === another ? (await mailbox.textsTo(another)).length : 0;
        },
      };
    },
  },
  'POST /api/v1/auth/email/verification': {
    statement: 'insert into "auth_links"',
    inTransaction: true,
    again: { before: 202, after: 202 },
    async prepare({ api, inbox: { mailbox } }) {
      const { token, email } = await withEmail(api);
      await mailbox.tokenTo(email);
      return {
        ask: () => api.post('/auth/email/verification', { token }),
        effects: async () => {
          const link = await mailbox.tokenTo(email, 2);
          return (await api.post('/auth/email/verify', { body: { token: link } })).status === 204 ? 1 : 0;
        },
      };
    },
  },
  'POST /api/v1/auth/email/verify': {
    statement: 'update "users"',
    inTransaction: true,
    again: { before: 204, after: 400 },
    async prepare({ api, inbox: { mailbox } }) {
      const { token, email } = await withEmail(api);
      const link = await mailbox.tokenTo(email);
      return {
        ask: () => api.post('/auth/email/verify', { body: { token: link } }),
        effects: async () => ((await userOf(api, token)).emailVerified ? 1 : 0),
      };
    },
  },
  'POST /api/v1/auth/close': {
    statement: 'delete from "user_roles"',
    inTransaction: true,
    again: { before: 204, after: 401 },
    async prepare({ api }) {
      const { token, username, password } = await newUser(api);
      return {
        ask: () => api.post('/auth/close', { token, body: { password } }),
        effects: async () => 1 - (await signsIn(api, username, password)),
      };
    },
  },
};
