/** Examples of the API document; the tests run the requests and check the answers against the schemas. */
const user = {
  id: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42',
  username: 'lin_daiyu',
  email: 'daiyu@example.com',
  emailVerified: false,
  nickname: 'lin_daiyu',
  locale: 'zh-CN',
  roles: ['reader'],
  version: 1,
  createdAt: '2025-08-16T12:00:00.000Z',
};

const session = {
  id: '0198b3c9-5a10-7f02-8c3e-1d2b4a6f8091',
  device: { id: 'phone-7f3a', name: '黛玉的手机', class: 'mobile' },
  address: '203.0.113.7',
  createdAt: '2025-08-16T12:01:00.000Z',
  lastSeenAt: '2025-08-16T12:01:00.000Z',
  expiresAt: '2025-09-15T12:01:00.000Z',
  current: true,
};

const refreshToken = 'AZizyVoQfwKMPh0rSm-AkQAAAAAcX1hO0nJmT3o5tq2Lw8bRkYvE4sUdG7iPzQfC6aNhMx';

export const examples = {
  register: { username: 'lin_daiyu', email: 'daiyu@example.com', password: 'zang-hua-yin-27' },
  registered: { user },
  profile: { nickname: '潇湘妃子', version: 1 },
  login: {
    login: 'lin_daiyu',
    password: 'zang-hua-yin-27',
    device: { id: 'phone-7f3a', name: '黛玉的手机', class: 'mobile' },
  },
  refresh: { refreshToken },
  signedIn: {
    accessToken: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTk4YjNjOCJ9.c2lnbmF0dXJl',
    expiresIn: 900,
    refreshToken,
    tokenType: 'Bearer',
    session,
    user,
  },
  me: { user, roles: ['reader'], permissions: [], authorTier: null, session },
  sessions: { items: [session], nextCursor: null },
  logoutAll: { exceptCurrent: true },
  loggedOutAll: { ended: 2 },
  sessionParams: { id: session.id },
  jwks: {
    keys: [
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
        kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
        alg: 'EdDSA',
        use: 'sig',
      },
    ],
  },
};
