import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fill } from '../src/platform/errors/index.js';
import { type Access, apiBase, permits, type Route, templateOf } from '../src/platform/http/index.js';
import { FakeClock } from '../src/testing/fake-clock.js';
import { startTestApp, type TestApp } from '../src/testing/test-app.js';
import { earn } from './earnings.js';

interface Owner {
  readonly userId: string;
  readonly token: string;
}

async function newRecharge({ api }: TestApp, { token }: Owner): Promise<string> {
  const body = { amountFen: 1_000, provider: 'sandbox' };
  return (await api.post('/wallet/recharges', { token, body })).body.id;
}

/** For each path parameter that names a thing somebody owns: how a user comes by one. */
async function ownBook({ api }: TestApp, { token }: Owner): Promise<string> {
  return (await api.post('/author/books', { token, body: { title: '石头记' } })).body.id;
}

async function ownDraft(app: TestApp, { token }: Owner): Promise<string> {
  const path = `/author/books/${await ownBook(app, { token } as Owner)}/chapters`;
  return (await app.api.post(path, { token, body: { title: '第一回', text: '此开卷第一回也。' } })).body.id;
}

async function editedDraft(app: TestApp, { token }: Owner): Promise<string> {
  const id = await ownDraft(app, { token } as Owner);
  await app.api.put(`/author/chapters/${id}`, {
    token,
    body: { text: '此开卷第一回也，作者自云。', version: 1 },
  });
  return id;
}

const ownedThings: Record<string, (app: TestApp, owner: Owner) => Promise<string>> = {
  '/wallet/recharges/{id}': newRecharge,
  '/payments/sandbox/{orderId}/pay': newRecharge,
  '/wallet/withdrawals/{id}': async (app, owner) => {
    await earn(app, owner, 20_000);
    const account = { type: 'bank', name: '林黛玉', number: '6222020200112233445' };
    const body = { amount: 20_000, account };
    return (await app.api.post('/wallet/withdrawals', { token: owner.token, body })).body.id;
  },
  '/auth/sessions/{id}': async ({ api }, { token }) =>
    (await api.get('/auth/sessions', { token })).body.items.at(-1).id,
  '/ai/calls/{id}': async ({ api }, { token }) =>
    (await api.post('/ai/continue', { token, body: { text: '雪落下来。', maxTokens: 16 } })).body.id,
  '/author/books/{id}': ownBook,
  '/author/books/{id}/chapters': ownBook,
  '/author/chapters/{id}': ownDraft,
  '/author/chapters/{id}/publish': ownDraft,
  '/author/chapters/{id}/withdraw': ownDraft,
  '/author/chapters/{id}/revisions': ownDraft,
  '/author/chapters/{id}/revisions/{version}': editedDraft,
  '/author/chapters/{id}/revisions/{version}/restore': editedDraft,
};

/** What the roles hold, written down a second time: the table that the declarations are held against. */
const permissionsOfRole: Record<string, readonly string[]> = {
  reader: [],
  author: [],
  reviewer: ['review.*', 'user.read'],
  operator: [
    ...['user.read', 'user.ban', 'session.manage', 'quota.manage', 'withdraw.review', 'wallet.audit'],
    ...['vip.manage', 'book.manage', 'notice.manage', 'statistics.read', 'system.read', 'review.*'],
  ],
  admin: ['*'],
  'user-desk': ['user.*'],
};

interface Asker {
  readonly name: string;
  /** A token that lives when the route is asked; undefined for a guest. */
  token(route: Route): Promise<string | undefined>;
  expected(access: Access): string;
}

/** Asked on routes that let somebody in, it might end what its token stands for. */
const mayEndSession = ({ method, access }: Route) => method !== 'GET' && access.kind !== 'permission';

const admitted = 'admitted';
const absent = '404';
const atOnceMax = 8;

function everybody(access: Access, known: string): string {
  if (access.kind === 'control') return absent;
  return access.kind === 'public' ? admitted : known;
}

const guest: Asker = {
  name: 'a guest',
  token: async () => undefined,
  expected: (access) => everybody(access, access.kind === 'guest' ? admitted : '401 authentication-required'),
};

const refused = (name: string, code: string, token: string): Asker => ({
  name,
  token: async () => token,
  expected: (access) => everybody(access, `401 ${code}`),
});

/** `elsewhere`: a route about a thing that somebody owns is asked about one that is not the asker's. */
const signedIn = (role: string, token: Asker['token']): Asker => ({
  name: `a user who holds ${role}`,
  token,
  expected: (access) => {
    if (access.kind === 'owner') return absent;
    if (access.kind !== 'permission') return everybody(access, admitted);
    return permits(permissionsOfRole[role] ?? [], access.permission) ? admitted : '403 permission-denied';
  },
});

/** Every declared route, asked as everyone, against what its declaration promises. A new route joins by itself. */
describe('each route answers by its declaration', () => {
  const clock = new FakeClock();
  let server: TestApp;
  let count = 0;

  beforeAll(async () => {
    server = await startTestApp({
      overrides: { clock },
      set: {
        'auth.password.memoryKib': 8192,
        'auth.password.passes': 1,
        'auth.session.limit': 1000,
        'http.rateLimitEnabled': false,
      },
    });
  });
  afterAll(() => server.close());

  const password = 'a-Long-passw0rd';
  const adminLogin = () => server.api.login('admin', server.passwordOf('admin'));

  /** Somebody new, with further roles: how to sign in as them. */
  async function newPerson(...roles: string[]) {
    count += 1;
    const username = `asker_${count}`;
    const { body } = await server.api.post('/auth/register', { body: { username, password } });
    const { id } = body.user;
    if (roles.length > 0) {
      const token = (await adminLogin()).accessToken;
      const given = await server.api.put(`/admin/users/${id}/roles`, { token, body: { roles } });
      expect([given.status, given.body.roles]).toEqual([200, expect.arrayContaining(roles)]);
    }
    const device = (deviceId: string) => ({
      login: username,
      password,
      device: { id: deviceId, class: 'web' },
    });
    return {
      id,
      signIn: async (deviceId?: string) => {
        const login = deviceId === undefined ? { login: username, password } : device(deviceId);
        const answer = await server.api.post('/auth/login', { body: login });
        if (answer.status !== 200)
          throw new Error(`${username} cannot sign in: ${JSON.stringify(answer.body)}`);
        return answer.body.accessToken as string;
      },
    };
  }

  /** Asks with what the route itself documents; the body of an answer that is a stream is not waited for. */
  async function ask(route: Route, token: string | undefined, params: object = {}) {
    const path = fill(templateOf(route), { ...route.example?.params, ...params } as Record<string, string>);
    const query = new URLSearchParams(route.example?.query as Record<string, string> | undefined).toString();
    const answer = await server.api.send(route.method, `/${query ? `${path}?${query}` : path}`, {
      token,
      ...(route.example?.body !== undefined && { body: route.example.body }),
      ...(route.multipart && { form: new FormData() }),
    });
    const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json');
    if (!isProblem) await answer.body?.cancel();
    return { status: answer.status, code: isProblem ? ((await answer.json()) as { code: string }).code : '' };
  }

  /** What the answer says about who asked, in the words of the table. */
  function verdictOf({ access }: Route, { status, code }: { status: number; code: string }): string {
    if (access.kind === 'control' || access.kind === 'owner') {
      if (status === 404) return absent;
    }
    const identified = access.kind !== 'public' || code === 'authentication-required';
    if (status === 401 && identified) return `401 ${code}`;
    if (code === 'permission-denied') return `403 ${code}`;
    return admitted;
  }

  /** The rows where an answer is not what the declaration says. */
  async function offences(askers: readonly Asker[]): Promise<string[]> {
    const { routes } = server.app.server;
    const found: string[] = [];
    let asked = 0;
    const compare = async (asker: Asker, route: Route) => {
      const verdict = verdictOf(route, await ask(route, await asker.token(route)));
      const expected = asker.expected(route.access);
      asked += 1;
      if (verdict === expected) return;
      found.push(`${route.method} ${templateOf(route)} as ${asker.name}: ${verdict}, not ${expected}`);
    };
    const harmless = routes.filter((route) => !mayEndSession(route));
    const rows = askers.flatMap((asker) => harmless.map((route) => [asker, route] as const)).values();
    const walk = async () => {
      for (const [asker, route] of rows) await compare(asker, route);
    };
    await Promise.all(Array.from({ length: atOnceMax }, walk));
    // One after the other, since one of them may end all sessions of whoever asks.
    const walkRest = async (asker: Asker) => {
      for (const route of routes.filter(mayEndSession)) await compare(asker, route);
    };
    await Promise.all(askers.map(walkRest));
    expect(asked).toBe(askers.length * routes.length);
    return found.sort();
  }

  /** One session for what only reads, and one each for what might end it. */
  async function living(role: string): Promise<Asker> {
    const { signIn } = await newPerson(...(role === 'reader' ? [] : [role]));
    const shared = await signIn();
    return signedIn(role, async (route) => (mayEndSession(route) ? signIn() : shared));
  }

  it('to a guest, and to a token that is none, has run out, was replaced, logged out or banned', async () => {
    const { api } = server;
    const expired = await (await newPerson()).signIn();
    clock.advance(16 * 60_000);
    const phone = await newPerson();
    const evicted = await phone.signIn('phone-1');
    await phone.signIn('phone-1');
    const out = await (await newPerson()).signIn();
    await api.post('/auth/logout', { token: out });
    const rogue = await newPerson();
    const banned = await rogue.signIn();
    const token = (await adminLogin()).accessToken;
    const ban = await api.post(`/admin/users/${rogue.id}/ban`, { token, body: { reason: '广告' } });
    expect(ban.status).toBe(200);
    expect(
      await offences([
        guest,
        refused('nobody that a token stands for', 'token-invalid', 'not.a.token'),
        refused('a user whose token has run out', 'token-expired', expired),
        refused('a user whose session was replaced', 'session-evicted', evicted),
        refused('a user who logged out', 'session-logged-out', out),
        refused('a user who is banned', 'account-banned', banned),
      ]),
    ).toEqual([]);
  });

  it('to each role by what it permits, no more and no less', async () => {
    const token = (await adminLogin()).accessToken;
    const body = { name: 'user-desk', title: '用户专员', permissions: permissionsOfRole['user-desk'] };
    expect((await server.api.post('/admin/roles', { token, body })).status).toBe(201);
    const askers: Asker[] = [];
    for (const role of Object.keys(permissionsOfRole)) askers.push(await living(role));
    expect(await offences(askers)).toEqual([]);
    const declared = server.app.server.routes.map(({ access }) => access.kind);
    for (const kind of ['guest', 'user', 'owner', 'permission', 'control']) expect(declared).toContain(kind);
  });

  it('to whoever owns a thing, and to everybody else as if it were none, whatever they hold', async () => {
    const owned = server.app.server.routes.filter(({ access }) => access.kind === 'owner');
    const others: string[] = [];
    for (const role of ['author', 'reviewer', 'operator', 'admin'])
      others.push(await (await newPerson(role)).signIn());
    others.push(await (await newPerson()).signIn());
    for (const route of owned) {
      const path = templateOf(route).slice(apiBase.length);
      const come = ownedThings[path];
      if (!come) throw new Error(`tests/access-matrix.test.ts does not know how a user comes by ${path}`);
      const person = await newPerson();
      const owner = await person.signIn();
      const id = await come(server, { userId: person.id, token: owner });
      const named = { [(route.access as { param: string }).param]: id };
      for (const other of others) {
        expect([path, (await ask(route, other, named)).status]).toEqual([path, 404]);
      }
      expect([path, (await ask(route, owner, named)).status < 300]).toEqual([path, true]);
    }
  });
});
