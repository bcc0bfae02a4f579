import { createHash, randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';

/** 80 bits: nobody tries so many, so a plain hash keeps them. */
const codeBytes = 10;
const codeShape = /^[A-Z2-7]{16}$/;

/** Different codes in groups that people can copy: `ABCD-EFGH-IJKL-MNOP`. */
export function newRecoveryCodes(count: number): string[] {
  const codes = new Set<string>();
  while (codes.size < count) {
    const text = new Secret({ buffer: Uint8Array.from(randomBytes(codeBytes)).buffer }).base32;
    codes.add(text.replace(/(.{4})(?=.)/g, '$1-'));
  }
  return [...codes];
}

/** What is kept of a user's code, however it is typed; undefined for text that is none. */
export function recoveryCodeHash(userId: string, typed: string): Uint8Array | undefined {
  const code = typed.replace(/[\s-]/g, '').toUpperCase();
  if (!codeShape.test(code)) return undefined;
  return createHash('sha256').update(`qingyu recovery code v1\n${userId}\n${code}`).digest();
}
