import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asciiLowerCase,
  isEmail,
  isReserved,
  isUsername,
  loginKey,
  passwordRefusal,
  preparePassword,
} from './account.domain.js';

const usernameRule = { lengthMin: 3, lengthMax: 30 };
const passwordRule = { lengthMin: 8, lengthMax: 128, common: new Set(['password1', 'qwer1234']) };

describe('names', () => {
  it.each(['abc', 'Lin_Daiyu', 'a'.repeat(30), '___', '123'])('%s is a username', (name) => {
    expect(isUsername(name, usernameRule)).toBe(true);
  });

  it.each([
    ['too short', 'ab'],
    ['too long', 'a'.repeat(31)],
    ['a Cyrillic а for a', 'аdmin'],
    ['a Kelvin sign for K', '\u212Aing'],
    ['full-width letters', 'ａｂｃ'],
    ['a zero-width space', 'ad\u200Bmin'],
    ['Chinese', '林黛玉黛玉'],
    ['a trailing line break', 'admin1\n'],
    ['a dotless i', 'admın'],
    ['NUL', 'abc\u0000'],
  ])('look-alike or foreign text is no username: %s', (_why, name) => {
    expect(isUsername(name, usernameRule)).toBe(false);
  });

  it('a reserved name stays reserved in any case', () => {
    expect(isReserved('AdMiN', ['admin'])).toBe(true);
    expect(isReserved('admin1', ['admin'])).toBe(false);
  });

  it('lower case folds ASCII and nothing else', () => {
    expect(asciiLowerCase('ABCxyzÀİ\u212A')).toBe('abcxyzÀİ\u212A');
  });

  it('no text outside ASCII ever has the key of an account', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { key } = loginKey(text);
        expect(key).toMatch(/^[a-z0-9_.!#$%&'*+/=?^`{|}~@-]*$/);
        if (key !== '') expect(key).toBe(asciiLowerCase(text));
      }),
    );
  });

  it('a username and an e-mail address never share a key', () => {
    expect(loginKey('Lin_Daiyu')).toEqual({ kind: 'username', key: 'lin_daiyu' });
    expect(loginKey('Daiyu@Example.COM')).toEqual({ kind: 'email', key: 'daiyu@example.com' });
    expect(loginKey('Kelvin\u212A@example.com')).toEqual({ kind: 'username', key: '' });
  });

  it.each([
    ['a@example.com', true],
    ['a.b+c@sub.example.com', true],
    [`${'a'.repeat(64)}@example.com`, true],
    [`${'a'.repeat(65)}@example.com`, false],
    [`a@${'b.'.repeat(130)}com`, false],
    ['a@localhost', false],
    ['a@@example.com', false],
    ['a b@example.com', false],
    ['a@example.com\nBcc: b@example.com', false],
    ['黛玉@example.com', false],
    ['a@-example.com', false],
  ])('%j is an e-mail address: %s', (text, expected) => {
    expect(isEmail(text)).toBe(expected);
  });
});

describe('passwords', () => {
  it.each([
    ['password-length', 'abcde12'],
    ['password-length', `${'a'.repeat(128)}1`],
    ['password-simple', '12345678901'],
    ['password-simple', 'onlyletters'],
    ['password-common', 'PassWord1'],
    ['password-common', 'ｐａｓｓｗｏｒｄ１'],
    ['password-is-username', 'LIN_daiyu1'],
  ])('%s refuses %s', (refusal, password) => {
    expect(passwordRefusal(password, 'lin_Daiyu1', passwordRule)).toBe(refusal);
  });

  it.each(['zang-hua-1', '黛玉葬花黛玉葬花1', `${'a'.repeat(127)}1`, '密码密码密码密٣'])(
    '%s may be used',
    (password) => {
      expect(passwordRefusal(password, 'lin_daiyu', passwordRule)).toBeUndefined();
    },
  );

  it('length counts characters, not UTF-16 halves', () => {
    expect(passwordRefusal('😀😀😀😀a1', 'lin_daiyu', passwordRule)).toBe('password-length');
    expect(passwordRefusal('😀😀😀😀😀😀a1', 'lin_daiyu', passwordRule)).toBeUndefined();
  });

  it('a password typed in composed or decomposed form is the same password', () => {
    expect(preparePassword('cafe\u0301-2024')).toBe(preparePassword('caf\u00e9-2024'));
  });
});
