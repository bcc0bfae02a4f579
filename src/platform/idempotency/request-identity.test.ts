import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idempotencyKeyOf, requestHash } from './request-identity.js';

describe('the key of a header', () => {
  test('is the same bare and quoted', () => {
    for (const key of ['a', 'a"b', 'back\\slash', '0198c5a4-7d20', `${'x'.repeat(254)}"`]) {
      const asString = `"${key.replace(/["\\]/g, (character) => `\\${character}`)}"`;
      expect([idempotencyKeyOf(key), idempotencyKeyOf(asString)]).toEqual([key, key]);
    }
    expect(idempotencyKeyOf(undefined)).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['quoted nothing', '""'],
    ['a space', 'a b'],
    ['a quoted space', '"a b"'],
    ['a tab', 'a\tb'],
    ['U+0000', 'a\0'],
    ['a character beyond ASCII', 'é'],
    ['DEL', 'a\x7f'],
    ['256 characters', 'x'.repeat(256)],
    ['10 000 characters', 'x'.repeat(10_000)],
    ['10 000 quoted characters', `"${'\\"'.repeat(10_000)}"`],
    ['a quote that does not close', '"abc'],
    ['a quote that closes twice', '"a"b"'],
    ['two headers, as Node joins them', 'a, a'],
    ['two headers, as an array', ['a', 'b']],
  ])('refuses %s', (_name, header) => {
    expect(() => idempotencyKeyOf(header)).toThrow(
      expect.objectContaining({ code: 'idempotency-key-invalid' }),
    );
  });

  test('takes every visible character and up to 255 of them', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
          minLength: 1,
          maxLength: 255,
        }),
        (key) => {
          fc.pre(!key.startsWith('"'));
          expect(idempotencyKeyOf(key)).toBe(key);
        },
      ),
    );
  });
});

test('the hash is of what a request means: not of the order of its members, but of everything else', () => {
  const hash = (value: unknown) => requestHash(value).toString('hex');
  expect(hash({ a: 1, b: { c: [1, 2], d: null } })).toBe(hash({ b: { d: null, c: [1, 2] }, a: 1 }));
  const different = [
    {},
    [],
    null,
    1,
    '1',
    { a: undefined },
    { a: null },
    { a: [1, 2] },
    { a: [2, 1] },
    { a: '1' },
  ];
  expect(new Set(different.map(hash)).size).toBe(different.length - 1);
  expect(hash({ a: undefined })).toBe(hash({}));
});
