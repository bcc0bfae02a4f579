import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { SecretBox } from '../secret-box.js';

const keyBase64 = randomBytes(32).toString('base64');
const secret = randomBytes(48);

it('a sealed secret opens with its key and holds nothing of the secret in the clear', () => {
  const box = new SecretBox(keyBase64);
  const sealed = box.seal(secret, 'row-1');
  expect(new SecretBox(keyBase64).open(sealed, 'row-1')).toEqual(secret);
  expect(sealed.includes(secret.subarray(0, 8))).toBe(false);
});

it('the same secret is never sealed to the same bytes', () => {
  const box = new SecretBox(keyBase64);
  expect(box.seal(secret, 'row-1')).not.toEqual(box.seal(secret, 'row-1'));
});

it('a changed byte, another row and another key are refused', () => {
  const box = new SecretBox(keyBase64);
  const sealed = box.seal(secret, 'row-1');
  for (const at of [0, 12, 30, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => box.open(changed, 'row-1')).toThrow();
  }
  expect(() => box.open(sealed, 'row-2')).toThrow();
  expect(() => new SecretBox(randomBytes(32).toString('base64')).open(sealed, 'row-1')).toThrow();
  expect(() => box.open(Buffer.alloc(5), 'row-1')).toThrow();
});

it('the name of a key does not tell the key', () => {
  const { keyId } = new SecretBox(keyBase64);
  expect(keyId).toMatch(/^[0-9a-f]{16}$/);
  expect(Buffer.from(keyBase64, 'base64').toString('hex')).not.toContain(keyId);
});

it('a key of the wrong length is refused', () => {
  expect(() => new SecretBox('c2hvcnQ=')).toThrow(/32 bytes/);
});
