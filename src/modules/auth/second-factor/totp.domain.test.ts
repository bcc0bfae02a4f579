import { describe, expect, it } from 'vitest';
import { newSeed, provisioningOf, stepOf } from './totp.domain.js';

const rfcSeed = Buffer.from('12345678901234567890');
const at = (seconds: number) => new Date(seconds * 1000);

describe('codes of an authenticator app', () => {
  // RFC 6238, appendix B, the last six of its eight digits.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %i s the code is %s, as RFC 6238 has it', (seconds, code) => {
    expect(stepOf(code, rfcSeed, at(seconds))).toBe(Math.floor(seconds / 30));
  });

  it('a code is good in its step and in the one before and after, to the second', () => {
    const step = Math.floor(1_111_111_109 / 30);
    const begin = step * 30;
    for (const [seconds, expected] of [
      [begin - 31, undefined],
      [begin - 30, step],
      [begin, step],
      [begin + 59, step],
      [begin + 60, undefined],
    ] as const) {
      expect([seconds - begin, stepOf('081804', rfcSeed, at(seconds))]).toEqual([seconds - begin, expected]);
    }
  });

  it.each([
    '',
    '28708',
    '2870821',
    ' 287082',
    '287082\n',
    '２８７０８２',
    '28708e',
    'NaN',
    '-87082',
    '0x5A3B',
  ])('%j is no code', (text) => {
    expect(stepOf(text, rfcSeed, at(59))).toBeUndefined();
  });

  it('seeds differ, and an app reads the same seed from the URI as from the text', () => {
    const seeds = [newSeed(), newSeed()].map((seed) => Buffer.from(seed).toString('hex'));
    expect(new Set(seeds).size).toBe(2);
    expect(seeds[0]).toHaveLength(40);
    const { secret, uri } = provisioningOf(rfcSeed, '青羽', 'lin_daiyu');
    expect(secret).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    const url = new URL(uri);
    expect([url.protocol, url.host, decodeURIComponent(url.pathname)]).toEqual([
      'otpauth:',
      'totp',
      '/青羽:lin_daiyu',
    ]);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      ...{ issuer: '青羽', secret, algorithm: 'SHA1', digits: '6', period: '30' },
    });
  });
});
