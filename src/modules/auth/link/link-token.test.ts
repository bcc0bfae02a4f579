import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeLinkToken, readLinkToken } from './link-token.js';

const key = Buffer.alloc(32, 7);
const id = '0198b3cb-9c40-7d11-8a2e-4b5c6d7e8f90';

describe('the token of a link', () => {
  it('names its link, for its purpose and under its key only', () => {
    const token = makeLinkToken(id, 'password-reset', key);
    expect(token).toMatch(/^[A-Za-z0-9_-]{64}$/);
    expect(makeLinkToken(id, 'password-reset', key)).toBe(token);
    expect(readLinkToken(token, 'password-reset', key)).toBe(id);
    expect(readLinkToken(token, 'email-verification', key)).toBeUndefined();
    expect(readLinkToken(token, 'password-reset', Buffer.alloc(32, 8))).toBeUndefined();
  });

  it('with any other character anywhere is none', () => {
    const token = makeLinkToken(id, 'password-reset', key);
    for (let at = 0; at < token.length; at += 1) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(readLinkToken(changed, 'password-reset', key)).toBeUndefined();
    }
  });

  it('no text that we did not make is one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(readLinkToken(text, 'password-reset', key)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});
