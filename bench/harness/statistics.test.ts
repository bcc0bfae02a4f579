import { expect, it } from 'vitest';
import { median, seriesOf, shuffled, spread } from './statistics.js';

it('the median is the middle value, or the mean of the two in the middle, whatever the order', () => {
  expect(median([5, 1, 100])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow('no values');
});

it('the spread is half the way from the lowest to the highest, as a share of the median', () => {
  expect(spread([90, 100, 120])).toBeCloseTo(0.15);
  expect(seriesOf([7])).toEqual({ rounds: [7], median: 7, spread: 0 });
});

it('a shuffle keeps every item and leaves its input alone', () => {
  const items = [1, 2, 3, 4];
  const orders = new Set(Array.from({ length: 200 }, () => shuffled(items).join('')));
  expect(items).toEqual([1, 2, 3, 4]);
  expect([...orders].every((order) => [...order].sort().join('') === '1234')).toBe(true);
  expect(orders.size).toBeGreaterThan(1);
  expect(shuffled(items, () => 0)).toEqual([2, 3, 4, 1]);
});
