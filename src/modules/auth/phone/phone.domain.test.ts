import fc from 'fast-check';
import { expect, it } from 'vitest';
import { freeAt, newCode, newUsername, normalisePhone } from './phone.domain.js';

it.each([
  ['13800138000', '+8613800138000'],
  ['138 0013-8000', '+8613800138000'],
  ['+86 138 0013 8000', '+8613800138000'],
  ['008613800138000', '+8613800138000'],
  ['+85251234567', '+85251234567'],
  ['+1 (202) 555-0123', '+12025550123'],
])('%s is the phone %s', (typed, phone) => {
  expect(normalisePhone(typed)).toBe(phone);
});

it.each([
  ...[
    '',
    '+',
    '12345678901',
    '1380013800',
    '+8612800138000',
    '+860138001380',
    '+861380013800',
    '8613800138000',
  ],
  ...[
    '+0123456789',
    '+1234567890123456',
    '+86138001380001',
    '１３８００１３８０００',
    '١٣٨٠٠١٣٨٠٠٠',
    '13800138000\n',
  ],
  ...['+86\u200b13800138000', '138\u00a000138000', '++8613800138000', '13800138000;ext=1', '𝟏3800138000'],
])('%j is no phone', (typed) => {
  expect(normalisePhone(typed)).toBeUndefined();
});

it('whatever is typed, a phone is E.164 and normalises to itself', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[+0-9 ()-]{0,20}$/), (typed) => {
      const phone = normalisePhone(typed);
      if (phone === undefined) return;
      expect(phone).toMatch(/^\+[1-9][0-9]{6,14}$/);
      expect(normalisePhone(phone)).toBe(phone);
    }),
    { numRuns: 200 },
  );
});

it('codes are six digits, also those that begin with 0, and names fit the rules of usernames', () => {
  const codes = Array.from({ length: 200 }, newCode);
  for (const code of codes) expect(code).toMatch(/^[0-9]{6}$/);
  expect(codes.some((code) => code.startsWith('0'))).toBe(true);
  expect(newUsername()).toMatch(/^reader_[a-z0-9]{12}$/);
});

it('the next one is free when the pause and the window allow it, to the millisecond', () => {
  const rule = { max: 3, windowSeconds: 100, pauseSeconds: 10 };
  const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000);
  const free = (sent: number[], now: number) => freeAt(sent.map(at), rule, at(now));
  expect(free([], 0)).toBeUndefined();
  expect(free([0], 9.999)).toEqual(at(10));
  expect(free([0], 10)).toBeUndefined();
  expect(free([0, 20, 40], 60)).toEqual(at(100));
  expect(free([40, 0, 20], 99.999)).toEqual(at(100));
  expect(free([0, 20, 40], 100)).toBeUndefined();
  expect(free([0, 20, 95], 99)).toEqual(at(105));
});
