import fc from 'fast-check';
import { expect, it } from 'vitest';
import { closedUp, moved, type Place } from './order.domain.js';

const drafts: readonly Place[] = [
  { id: 'a', number: 2 },
  { id: 'b', number: 3 },
  { id: 'c', number: 7 },
  { id: 'd', number: 8 },
];

const applied = (before: readonly Place[], changes: readonly Place[]) => {
  const numbers = new Map([...before, ...changes].map(({ id, number }) => [id, number]));
  return [...numbers].sort(([, one], [, other]) => one - other).map(([id]) => id);
};

it('a draft goes to the place of another, and those in between give way over the places that drafts hold', () => {
  expect(moved(drafts, 'd', 3)).toEqual([
    { id: 'd', number: 3 },
    { id: 'b', number: 7 },
    { id: 'c', number: 8 },
  ]);
  expect(moved(drafts, 'a', 7)).toEqual([
    { id: 'b', number: 2 },
    { id: 'c', number: 3 },
    { id: 'a', number: 7 },
  ]);
  expect(moved(drafts, 'a', 2)).toEqual([]);
});

it('no draft goes where no draft is', () => {
  for (const number of [0, 1, 4, 9]) expect(moved(drafts, 'a', number)).toBeUndefined();
});

it('drafts close up behind one that goes away', () => {
  expect(closedUp(drafts, 'b')).toEqual([
    { id: 'c', number: 3 },
    { id: 'd', number: 7 },
  ]);
  expect(closedUp(drafts, 'd')).toEqual([]);
});

it('any move keeps the places and the order of all others', () => {
  const size = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), (count, from, to) => {
      const before = Array.from({ length: count }, (_, i) => ({ id: `d${i}`, number: 2 * i + 1 }));
      const one = before[from % count] as Place;
      const goal = before[to % count] as Place;
      const after = applied(before, moved(before, one.id, goal.number) ?? []);
      expect(after[to % count]).toBe(one.id);
      const others = (ids: string[]) => ids.filter((id) => id !== one.id);
      expect(others(after)).toEqual(others(before.map(({ id }) => id)));
    }),
    { numRuns: 100 },
  );
});
