import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeRefreshToken, readRefreshToken } from './refresh-token.js';

const key = randomBytes(32);
const claim = { sessionId: randomUUID(), generation: 7 };

it('a token gives back what it was made of, and the same generation always has the same token', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.nat(2 ** 31 - 1), (sessionId, generation) => {
      const token = makeRefreshToken({ sessionId, generation }, key);
      expect(readRefreshToken(token, key)).toEqual({ sessionId, generation });
      expect(makeRefreshToken({ sessionId, generation }, key)).toBe(token);
    }),
  );
});

it('a token with any one character changed is refused, its last character too', () => {
  const token = makeRefreshToken(claim, key);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  for (let at = 0; at < token.length; at += 1) {
    for (const character of at === token.length - 1 ? alphabet : 'A_') {
      if (token[at] === character) continue;
      const forged = token.slice(0, at) + character + token.slice(at + 1);
      expect(readRefreshToken(forged, key)).toBeUndefined();
    }
  }
});

it('a token made with another key is refused', () => {
  expect(readRefreshToken(makeRefreshToken(claim, randomBytes(32)), key)).toBeUndefined();
});

it.each(['', 'x', 'A'.repeat(70), 'A'.repeat(65_536), ' '.repeat(70), '令'.repeat(70)])(
  'text that is no token is refused: %#',
  (text) => {
    expect(readRefreshToken(text, key)).toBeUndefined();
  },
);

it('padding, line breaks and the other base64 alphabet are refused', () => {
  const token = makeRefreshToken(claim, key);
  for (const variant of [`${token}=`, `${token}\n`, ` ${token}`, `${token}A`, token.slice(0, -1)]) {
    expect(readRefreshToken(variant, key)).toBeUndefined();
  }
});
