import type { ApiClient } from '../src/testing/api-client.js';
import { newUser } from '../src/testing/factories.js';
import type { CodesOnPhones, WritingRoute } from './lost-commit.route.js';

async function userWithPhone(api: ApiClient, codes: CodesOnPhones, phone: string) {
  const user = await newUser(api);
  await api.post('/auth/phone/code', { body: { phone, purpose: 'bind' } });
  const code = (await codes()).at(-1);
  await api.put('/auth/phone', { token: user.token, body: { phone, code } });
  return user;
}

async function sessionsOf(api: ApiClient, token: string): Promise<number> {
  return (await api.get('/auth/sessions', { token })).body.items.length;
}

/** Phones as a way in. */
export const phoneWrites: Readonly<Record<string, WritingRoute>> = {
  'POST /api/v1/auth/phone/code': {
    statement: 'insert into "phone_codes"',
    inTransaction: true,
    again: { before: 202, after: 202 },
    async prepare({ api, inbox: { codes } }) {
      const before = (await codes()).length;
      return {
        ask: () => api.post('/auth/phone/code', { body: { phone: '13800000001' } }),
        effects: async () => (await codes()).length - before,
      };
    },
  },
  'POST /api/v1/auth/phone/login': {
    statement: 'insert into "sessions"',
    inTransaction: true,
    // The code is spent with the session: another one is asked for.
    again: { before: 200, after: 401 },
    async prepare({ api, inbox: { codes } }) {
      const phone = '13800000002';
      const { token } = await userWithPhone(api, codes, phone);
      await api.post('/auth/phone/code', { body: { phone } });
      const code = (await codes()).at(-1);
      return {
        ask: () => api.post('/auth/phone/login', { body: { phone, code } }),
        effects: async () => (await sessionsOf(api, token)) - 1,
      };
    },
  },
  'PUT /api/v1/auth/phone': {
    statement: 'insert into "user_phones"',
    inTransaction: true,
    again: { before: 200, after: 200 },
    async prepare({ api, inbox: { codes } }) {
      const phone = '+8613800000003';
      const { token } = await newUser(api);
      await api.post('/auth/phone/code', { body: { phone, purpose: 'bind' } });
      const code = (await codes()).at(-1);
      return {
        ask: () => api.put('/auth/phone', { token, body: { phone, code } }),
        effects: async () => ((await api.get('/auth/phone', { token })).body.phone === phone ? 1 : 0),
      };
    },
  },
  'DELETE /api/v1/auth/phone': {
    statement: 'delete from "user_phones"',
    inTransaction: true,
    again: { before: 204, after: 409 },
    async prepare({ api, inbox: { codes } }) {
      const phone = '13800000004';
      const { token } = await userWithPhone(api, codes, phone);
      await api.post('/auth/phone/code', { body: { phone, purpose: 'unbind' } });
      const code = (await codes()).at(-1);
      return {
        ask: () => api.delete('/auth/phone', { token, body: { code } }),
        effects: async () => ((await api.get('/auth/phone', { token })).body.phone === null ? 1 : 0),
      };
    },
  },
};
