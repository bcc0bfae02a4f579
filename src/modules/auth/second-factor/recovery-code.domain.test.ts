import { describe, expect, it } from 'vitest';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-code.domain.js';

const userId = '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42';

describe('recovery codes', () => {
  it('are all different, 80 bits each, and fit the field of the sign-in', () => {
    const codes = newRecoveryCodes(50);
    expect(new Set(codes).size).toBe(50);
    for (const code of codes) expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
  });

  it('may be typed in lower case, with spaces or without hyphens', () => {
    const hash = recoveryCodeHash(userId, 'ABCD-EFGH-IJKL-MN23');
    expect(hash).toHaveLength(32);
    for (const typed of ['abcd-efgh-ijkl-mn23', 'ABCDEFGHIJKLMN23', ' abcd efgh ijkl mn23 ']) {
      expect(recoveryCodeHash(userId, typed)).toEqual(hash);
    }
  });

  it('of two users have different hashes, so one says nothing about the other', () => {
    const code = 'ABCD-EFGH-IJKL-MN23';
    expect(recoveryCodeHash('0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e43', code)).not.toEqual(
      recoveryCodeHash(userId, code),
    );
  });

  it.each([
    '',
    '123456',
    'ABCD-EFGH-IJKL-MN2',
    'ABCD-EFGH-IJKL-MN234',
    'ABCD-EFGH-IJKL-MN20',
    'ＡBCD-EFGH-IJKL-MN23',
  ])('%j is none', (typed) => {
    expect(recoveryCodeHash(userId, typed)).toBeUndefined();
  });
});
