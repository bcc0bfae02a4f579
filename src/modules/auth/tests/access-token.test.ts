import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import { type AccessKeys, AccessTokens } from '../token/access-token.js';
import { codeOf, configOf } from './auth-harness.js';

const user = {
  userId: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42',
  sessionId: '0198b3c9-5a10-7f02-8c3e-1d2b4a6f8091',
  rolesRevision: 3,
};
const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');

function keysOf(verifying: (kid: string) => KeyObject | undefined): AccessKeys {
  const moments = { id: 'k1', signsFrom: new Date(0), retiredAt: null };
  return {
    signing: { ...moments, kid: 'k1', key: ours.privateKey },
    verifying,
    learn: async () => undefined,
    isRetired: (kid) => kid === 'retired',
    generation: 0,
  };
}

function tokensWith(clock: FakeClock, verifiedMax = 100) {
  const byId = new Map([['k1', ours.publicKey]]);
  return new AccessTokens(
    keysOf((kid) => byId.get(kid)),
    clock,
    { ...configOf().accessToken, verifiedMax },
  );
}

const encode = (value: unknown) => encodeText(JSON.stringify(value));
const encodeText = (text: string | Buffer) => Buffer.from(text).toString('base64url');
const signText = (text: string, key = ours.privateKey) =>
  sign(null, Buffer.from(text), key).toString('base64url');

function forge(header: unknown, payload: unknown, key = ours.privateKey): string {
  return seal(encode(header), encode(payload), key);
}

function seal(header: string, payload: string, key = ours.privateKey): string {
  return `${header}.${payload}.${signText(`${header}.${payload}`, key)}`;
}

const clock = new FakeClock();
const nowSeconds = clock.now().getTime() / 1000;
const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' };
const payload = {
  ...{ sid: user.sessionId, rrv: user.rolesRevision, sub: user.userId },
  ...{ iss: 'qingyu', aud: 'qingyu-api', jti: 'f9a0a4b8-9f0e-4b3c-8a57-1f6a3a1c2d3e' },
  ...{ iat: nowSeconds, exp: nowSeconds + 900 },
};
const text = JSON.stringify(payload);

function without(key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => name !== key));
}

function hs256With(secret: string | Buffer): string {
  const signed = `${encode({ ...header, alg: 'HS256' })}.${encode(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const publicJwk = ours.publicKey.export({ format: 'jwk' });
const ownJwk = theirs.publicKey.export({ format: 'jwk' });
const valid = () => forge(header, payload);

/** RFC 8725, and what its authors could not know of us. */
const refused: Record<string, () => string> = {
  'signed by another key': () => forge(header, payload, theirs.privateKey),
  ...Object.fromEntries(
    ['none', 'None', 'NONE', 'nOnE', '', 'HS256', 'ES256', 'RS256', 'Ed25519', 'eddsa'].flatMap((alg) => [
      [
        `alg ${alg || 'empty'} without a signature`,
        () => `${encode({ ...header, alg })}.${encode(payload)}.`,
      ],
      [`alg ${alg || 'empty'} with a right signature`, () => forge({ ...header, alg }, payload)],
    ]),
  ),
  'no alg': () => forge({ typ: 'at+jwt', kid: 'k1' }, payload),
  'a list of algs': () => forge({ ...header, alg: ['EdDSA'] }, payload),
  'HS256 with the public key (PEM) as its secret': () =>
    hs256With(ours.publicKey.export({ format: 'pem', type: 'spki' })),
  'HS256 with the public key (DER) as its secret': () =>
    hs256With(ours.publicKey.export({ format: 'der', type: 'spki' })),
  'HS256 with the public key (raw) as its secret': () =>
    hs256With(Buffer.from(publicJwk.x as string, 'base64url')),
  'the type of an ID token': () => forge({ ...header, typ: 'JWT' }, payload),
  'the type of a refresh token': () => forge({ ...header, typ: 'rt+jwt' }, payload),
  'the type of a logout token': () => forge({ ...header, typ: 'logout+jwt' }, payload),
  'the long form of the type': () => forge({ ...header, typ: 'application/at+jwt' }, payload),
  'no type': () => forge({ alg: 'EdDSA', kid: 'k1' }, payload),
  'an unknown key id': () => forge({ ...header, kid: 'k2' }, payload),
  'a key id from the prototype': () => forge({ ...header, kid: '__proto__' }, payload),
  'a key id that is a path': () => forge({ ...header, kid: '../../../../dev/null' }, payload),
  'a key id that is SQL': () => forge({ ...header, kid: "k1' or '1'='1" }, payload),
  'a key id that is a URL': () => forge({ ...header, kid: 'https://evil.example/jwks' }, payload),
  'a key id with a look-alike character': () => forge({ ...header, kid: 'к1' }, payload),
  'a key id with U+0000': () => forge({ ...header, kid: 'k1\0' }, payload),
  'a key id that is a list': () => forge({ ...header, kid: ['k1'] }, payload),
  'no key id': () => forge({ alg: 'EdDSA', typ: 'at+jwt' }, payload),
  'a key of its own in the header': () => forge({ ...header, jwk: ownJwk }, payload, theirs.privateKey),
  'a key of its own instead of an id': () =>
    forge({ alg: 'EdDSA', typ: 'at+jwt', jwk: ownJwk }, payload, theirs.privateKey),
  'our own key in the header': () => forge({ ...header, jwk: publicJwk }, payload),
  'a place to fetch keys from': () => forge({ ...header, jku: 'https://evil.example/jwks' }, payload),
  'a place to fetch a certificate from': () => forge({ ...header, x5u: 'https://evil.example/c' }, payload),
  'a certificate': () => forge({ ...header, x5c: ['MIIB'] }, payload),
  'a critical extension': () => forge({ ...header, crit: ['x'], x: 1 }, payload),
  'an empty list of critical extensions': () => forge({ ...header, crit: [] }, payload),
  'an unencoded payload': () => forge({ ...header, b64: false, crit: ['b64'] }, payload),
  'a compressed payload': () => forge({ ...header, zip: 'DEF' }, payload),
  'a header with a member twice': () =>
    seal(encodeText('{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"k1"}'), encode(payload)),
  'a header with a space': () =>
    seal(encodeText('{"alg": "EdDSA","typ":"at+jwt","kid":"k1"}'), encode(payload)),
  'a header in another order': () => forge({ typ: 'at+jwt', alg: 'EdDSA', kid: 'k1' }, payload),
  'a header that is no JSON': () => seal(encodeText('{"alg"'), encode(payload)),
  'a header that is a list': () => forge([header], payload),
  'a header that is null': () => forge(null, payload),
  'a payload with a member twice': () =>
    seal(encode(header), encodeText(text.replace('{', `{"sub":"${user.sessionId}",`))),
  'a payload with an escaped letter': () =>
    seal(encode(header), encodeText(text.replace('"sub"', '"\\u0073ub"'))),
  'a payload that is not UTF-8': () =>
    seal(
      encode(header),
      encodeText(Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0x7d])])),
    ),
  'a payload that is no object': () => forge(header, 'x'),
  'a payload that is null': () => forge(header, null),
  'a payload that is a list': () => forge(header, [payload]),
  'another issuer': () => forge(header, { ...payload, iss: 'evil' }),
  'an issuer in another case': () => forge(header, { ...payload, iss: 'Qingyu' }),
  'a list of issuers': () => forge(header, { ...payload, iss: ['qingyu'] }),
  'another audience': () => forge(header, { ...payload, aud: 'qingyu-admin' }),
  'several audiences, ours among them': () => forge(header, { ...payload, aud: ['evil', 'qingyu-api'] }),
  ...Object.fromEntries(
    ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp'].map((claim) => [
      `no ${claim}`,
      () => forge(header, without(claim)),
    ]),
  ),
  'a user that is no id': () => forge(header, { ...payload, sub: "' or true --" }),
  'a session that is no text': () => forge(header, { ...payload, sid: { $ne: '' } }),
  'a token id that is no id': () => forge(header, { ...payload, jti: 'j'.repeat(1000) }),
  'a revision that is no number': () => forge(header, { ...payload, rrv: '3' }),
  ...Object.fromEntries(
    ['iat', 'exp', 'nbf'].flatMap((claim) =>
      [`${nowSeconds}`, -1, 0.5, nowSeconds + 0.5, 1e300, null, true, [nowSeconds]].map((value) => [
        `${claim} ${JSON.stringify(value)}`,
        () => forge(header, { ...payload, [claim]: value }),
      ]),
    ),
  ),
  'a number in another spelling': () =>
    seal(encode(header), encodeText(text.replace(`${nowSeconds + 900}`, `${(nowSeconds + 900) / 100}e2`))),
  'one part': () => encode(header),
  'two parts': () => `${encode(header)}.${encode(payload)}`,
  'four parts': () => `${valid()}.${encode(payload)}`,
  'five parts (an encrypted JWT)': () =>
    `${encode({ alg: 'dir', enc: 'A256GCM', kid: 'k1' })}..${encode('iv')}.${encode(payload)}.${encode('tag')}`,
  'the JSON form of a signature': () => {
    const [protectedHeader, body, signature] = valid().split('.');
    return JSON.stringify({ payload: body, protected: protectedHeader, signature });
  },
  empty: () => '',
  dots: () => '..',
  'without its last character': () => valid().slice(0, -1),
  'without its first character': () => valid().slice(1),
  'without its signature': () => `${valid().split('.').slice(0, 2).join('.')}.`,
  'the signature twice': () => `${valid()}${valid().split('.')[2]}`,
  '64 KB of it': () => 'A'.repeat(65_536),
  '64 KB in the right form': () => forge(header, { ...payload, junk: 'A'.repeat(65_536) }),
  '64 KB of dots': () => '.'.repeat(65_536),
  'a line break at its end': () => `${valid()}\n`,
  'a space before it': () => ` ${valid()}`,
  padding: () => `${valid()}==`,
  'the other base64 alphabet': () => valid().replace(/[-_]/g, '+').replace(/^e/, '/'),
  'look-alike characters': () => valid().replace('e', 'е'),
  'full-width dots': () => valid().replaceAll('.', '．'),
};

describe('an access token', () => {
  it('tells who signed in, in which session and with which roles revision, and nothing secret', async () => {
    const token = await tokensWith(clock).sign(user);
    expect(await tokensWith(clock).verify(token)).toMatchObject(user);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'rrv', 'sid', 'sub']);
  });

  it('made by hand with the right key and claims passes, so the refusals below have one cause each', async () => {
    expect(await tokensWith(clock).verify(valid())).toMatchObject(user);
  });

  it('that we accept is one that jose accepts', async () => {
    const { payload: claims } = await jwtVerify(await tokensWith(clock).sign(user), ours.publicKey, {
      ...{ algorithms: ['EdDSA'], typ: 'at+jwt', issuer: 'qingyu', audience: 'qingyu-api' },
      currentDate: clock.now(),
    });
    expect(claims).toMatchObject({ sub: user.userId, sid: user.sessionId, rrv: user.rolesRevision });
  });

  it.each(Object.entries(refused))('is refused: %s', async (_why, make) => {
    const tokens = tokensWith(clock);
    const token = make();
    expect(await codeOf(tokens.verify(token))).toBe('token-invalid');
    expect(await codeOf(tokens.verify(token))).toBe('token-invalid');
  });

  it('whose signature is spelt in another way is refused, also after the first spelling was accepted', async () => {
    const tokens = tokensWith(clock);
    const token = valid();
    await tokens.verify(token);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.at(-1) ?? '');
    const respelt = token.slice(0, -1) + alphabet[last + 1];
    const signatureOf = (of: string) => Buffer.from(of.split('.')[2] ?? '', 'base64url');
    expect(signatureOf(respelt)).toEqual(signatureOf(token));
    expect(await codeOf(tokens.verify(respelt))).toBe('token-invalid');
  });

  it('with any character changed is refused', async () => {
    const token = valid();
    for (let at = 0; at < token.length; at += 1) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(await codeOf(tokensWith(clock).verify(changed))).toBe('token-invalid');
    }
  });

  it('with any bit of its signature flipped is refused', async () => {
    const [head, body, signature = ''] = valid().split('.');
    for (let bit = 0; bit < 512; bit += 5) {
      const bytes = Buffer.from(signature, 'base64url');
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      const flipped = `${head}.${body}.${encodeText(bytes)}`;
      expect(await codeOf(tokensWith(clock).verify(flipped))).toBe('token-invalid');
    }
  });

  it('of a key that was retired is expired, so that its client refreshes', async () => {
    const token = forge({ ...header, kid: 'retired' }, payload);
    expect(await codeOf(tokensWith(clock).verify(token))).toBe('token-expired');
  });
});

describe('the life of an access token', () => {
  /** 900 s and the 5 s by which clocks may differ. */
  const lifeMs = 905_000;

  it.each([
    ['remembered', 100],
    ['checked anew', 0],
  ])('ends at its moment, neither before nor after, when the signature is %s', async (_how, verifiedMax) => {
    const own = new FakeClock();
    const tokens = tokensWith(own, verifiedMax);
    const token = await tokens.sign(user);
    await tokens.verify(token);
    own.advance(lifeMs - 1);
    expect(await tokens.verify(token)).toMatchObject(user);
    own.advance(1);
    expect(await codeOf(tokens.verify(token))).toBe('token-expired');
    own.advance(1);
    expect(await codeOf(tokens.verify(token))).toBe('token-expired');
  });

  it.each([
    ['remembered', 100],
    ['checked anew', 0],
  ])(
    'begins with its issue, with 5 s for the clocks: when the signature is %s, a clock that stepped back asks for a refresh, and back in time it passes',
    async (_how, verifiedMax) => {
      const own = new FakeClock();
      const tokens = tokensWith(own, verifiedMax);
      const token = await tokens.sign(user);
      await tokens.verify(token);
      own.advance(-5_000);
      expect(await tokens.verify(token)).toMatchObject(user);
      own.advance(-1);
      expect(await codeOf(tokens.verify(token))).toBe('token-expired');
      own.advance(-3_600_000);
      expect(await codeOf(tokens.verify(token))).toBe('token-expired');
      expect(await tokens.verify(await tokens.sign(user))).toMatchObject(user);
      own.advance(3_605_001);
      expect(await tokens.verify(token)).toMatchObject(user);
    },
  );

  it('begins with `nbf` where there is one', async () => {
    const own = new FakeClock();
    const token = forge(header, { ...payload, nbf: nowSeconds + 60 });
    expect(await codeOf(tokensWith(own).verify(token))).toBe('token-expired');
    own.advance(55_000);
    expect(await tokensWith(own).verify(token)).toMatchObject(user);
  });

  it('is never longer than what is configured, whatever `exp` says', async () => {
    const own = new FakeClock();
    const token = forge(header, { ...payload, exp: Number.MAX_SAFE_INTEGER });
    own.advance(lifeMs - 1);
    expect(await tokensWith(own).verify(token)).toMatchObject(user);
    own.advance(1);
    expect(await codeOf(tokensWith(own).verify(token))).toBe('token-expired');
  });
});

describe('the memory of checked signatures', () => {
  it('never answers for a token it has not seen, and forgets the oldest beyond its bound', async () => {
    let asked = 0;
    const keys = keysOf(() => {
      asked += 1;
      return ours.publicKey;
    });
    const tokens = new AccessTokens(keys, clock, { ...configOf().accessToken, verifiedMax: 2 });
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => tokens.sign(user)));
    if (!first || !second || !third) throw new Error('three tokens were made');
    for (const token of [first, second, first, second]) await tokens.verify(token);
    expect(asked).toBe(2);
    await tokens.verify(third);
    await tokens.verify(second);
    expect(asked).toBe(3);
    await tokens.verify(first);
    expect(asked).toBe(4);
  });

  it('ends with the set of keys that filled it', async () => {
    const keys = { ...keysOf(() => ours.publicKey), generation: 1 };
    const tokens = new AccessTokens(keys, clock, configOf().accessToken);
    const token = await tokens.sign(user);
    await tokens.verify(token);
    expect(tokens.remembered(token)).toMatchObject(user);
    keys.generation = 2;
    expect(tokens.remembered(token)).toBeUndefined();
  });
});
