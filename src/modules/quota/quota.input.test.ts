import { expect, test } from 'vitest';
import { checkReserveRequest, checkUsage } from './quota.input.js';

const request = {
  callId: '0198c5a4-8c00-7a51-b1c2-6a1d0e9f4b22',
  userId: '0198c5a4-8c00-7a51-b1c2-6a1d0e9f4b23',
  ...{ roles: ['reader'], promptTokens: 10, maxTokens: 10, inFactor: 1000, outFactor: 1000 },
  ...{ operation: 'continue', model: 'demo' },
};
const wrong = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53];

test.each(wrong)('a usage of %d tokens is refused: it would be credit, or no number at all', (tokens) => {
  expect(() => checkUsage({ promptTokens: tokens, completionTokens: 0 })).toThrow(RangeError);
  expect(() => checkUsage({ promptTokens: 0, completionTokens: tokens })).toThrow(RangeError);
});

test.each(wrong)('a reservation or price of %d is refused', (value) => {
  for (const name of ['promptTokens', 'maxTokens', 'inFactor', 'outFactor']) {
    expect(() => checkReserveRequest({ ...request, [name]: value }), name).toThrow(RangeError);
  }
});

test('nothing at all and the largest values are whole numbers too', () => {
  expect(() => checkUsage({ promptTokens: 0, completionTokens: 0 })).not.toThrow();
  const largest = { promptTokens: 1e9, maxTokens: 1e9, inFactor: 1e6, outFactor: 1e6 };
  expect(() => checkReserveRequest({ ...request, ...largest })).not.toThrow();
  expect(() => checkReserveRequest({ ...request, maxTokens: undefined })).not.toThrow();
});

test('a call or user that is no UUID is refused before it reaches the database', () => {
  for (const name of ['callId', 'userId']) {
    for (const value of ['', 'admin', `${request.callId}'`, `${request.callId}\n`]) {
      expect(() => checkReserveRequest({ ...request, [name]: value }), value).toThrow(RangeError);
    }
  }
});
