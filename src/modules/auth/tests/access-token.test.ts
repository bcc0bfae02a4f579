import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import { AccessTokens } from '../token/access-token.js';
import { codeOf, configOf } from './auth-harness.js';

const user = {
  userId: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42',
  sessionId: '0198b3c9-5a10-7f02-8c3e-1d2b4a6f8091',
};
const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');

function tokensWith(clock: FakeClock, verifiedMax = 100, verifying = [['k1', ours.publicKey]] as const) {
  const keys = {
    signing: { kid: 'k1', key: ours.privateKey },
    verifying: (kid: string) => new Map<string, KeyObject>(verifying).get(kid),
  };
  return new AccessTokens(keys, clock, { ...configOf().accessToken, verifiedMax });
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function forge(header: unknown, payload: unknown, key = ours.privateKey): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

const clock = new FakeClock();
const nowSeconds = clock.now().getTime() / 1000;
const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' };
const payload = {
  ...{ iss: 'qingyu', aud: 'qingyu-api', sub: user.userId, sid: user.sessionId, jti: 'j' },
  ...{ iat: nowSeconds, exp: nowSeconds + 900 },
};

function without(key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => name !== key));
}

function hs256WithThePublicKey(): string {
  const signed = `${encode({ ...header, alg: 'HS256' })}.${encode(payload)}`;
  const secret = createPublicKey(ours.privateKey).export({ format: 'pem', type: 'spki' });
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

describe('an access token', () => {
  it('tells who signed in and in which session, and nothing secret', async () => {
    const token = await tokensWith(clock).sign(user);
    expect(await tokensWith(clock).verify(token)).toMatchObject(user);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
  });

  it('made by hand with the right key and claims passes, so the refusals below have one cause each', async () => {
    expect(await tokensWith(clock).verify(forge(header, payload))).toMatchObject(user);
  });

  const refused: Record<string, () => string> = {
    'signed by another key': () => forge(header, payload, theirs.privateKey),
    'alg none': () => `${encode({ ...header, alg: 'none' })}.${encode(payload)}.`,
    'alg none with a signature': () => forge({ ...header, alg: 'none' }, payload),
    'HS256 with the public key as its secret': hs256WithThePublicKey,
    'another algorithm in the header': () => forge({ ...header, alg: 'ES256' }, payload),
    'the type of an ID token': () => forge({ ...header, typ: 'JWT' }, payload),
    'no type': () => forge({ alg: 'EdDSA', kid: 'k1' }, payload),
    'an unknown key id': () => forge({ ...header, kid: 'k2' }, payload),
    'a key id from the prototype': () => forge({ ...header, kid: '__proto__' }, payload),
    'no key id': () => forge({ alg: 'EdDSA', typ: 'at+jwt' }, payload),
    'a key of its own in the header': () =>
      forge(
        { ...header, kid: undefined, jwk: theirs.publicKey.export({ format: 'jwk' }) },
        payload,
        theirs.privateKey,
      ),
    'a critical extension': () => forge({ ...header, crit: ['x'], x: 1 }, payload),
    'an unencoded payload': () => forge({ ...header, b64: false, crit: ['b64'] }, payload),
    'another issuer': () => forge(header, { ...payload, iss: 'evil' }),
    'another audience': () => forge(header, { ...payload, aud: 'qingyu-admin' }),
    'no issuer': () => forge(header, without('iss')),
    'no audience': () => forge(header, without('aud')),
    'no expiry': () => forge(header, without('exp')),
    'no session': () => forge(header, without('sid')),
    'no user': () => forge(header, without('sub')),
    'a session that is no text': () => forge(header, { ...payload, sid: { $ne: '' } }),
    'an expiry that is no number': () => forge(header, { ...payload, exp: '9999999999' }),
    'not valid yet': () => forge(header, { ...payload, nbf: nowSeconds + 60 }),
    'a payload that is no object': () => forge(header, 'x'),
    'two parts': () => `${encode(header)}.${encode(payload)}`,
    'five parts (an encrypted JWT)': () => 'a.b.c.d.e',
    empty: () => '',
    '64 KB of it': () => 'A'.repeat(65_536),
    '64 KB in the right form': () => forge(header, { ...payload, junk: 'A'.repeat(65_536) }),
    'a line break at its end': () => `${forge(header, payload)}\n`,
    padding: () => `${forge(header, payload)}==`,
  };

  it.each(Object.entries(refused))('is refused: %s', async (_why, make) => {
    expect(await codeOf(tokensWith(clock).verify(make()))).toBe('token-invalid');
  });

  it('whose signature is spelt in another way is refused, also after the first spelling was accepted', async () => {
    const tokens = tokensWith(clock);
    const token = forge(header, payload);
    await tokens.verify(token);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.at(-1) ?? '');
    const respelt = token.slice(0, -1) + alphabet[last + 1];
    expect(Buffer.from(respelt, 'base64url')).toEqual(Buffer.from(token, 'base64url'));
    expect(await codeOf(tokens.verify(respelt))).toBe('token-invalid');
  });

  it('with any character changed is refused', async () => {
    const token = forge(header, payload);
    for (let at = 0; at < token.length; at += 7) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(await codeOf(tokensWith(clock).verify(changed))).toBe('token-invalid');
    }
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

  it('a clock that steps back does not refuse a token that was just made', async () => {
    const own = new FakeClock();
    const tokens = tokensWith(own);
    const token = await tokens.sign(user);
    own.advance(-3_600_000);
    expect(await tokens.verify(token)).toMatchObject(user);
  });
});

describe('the memory of checked signatures', () => {
  it('never answers for a token it has not seen, and forgets the oldest beyond its bound', async () => {
    let asked = 0;
    const keys = {
      signing: { kid: 'k1', key: ours.privateKey },
      verifying: () => {
        asked += 1;
        return ours.publicKey;
      },
    };
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
});
