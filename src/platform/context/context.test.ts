import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { currentContext, runWithContext, setContext } from './context.js';

test('a hundred contexts at once never see each other, through promises and timers', async () => {
  const seen = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      runWithContext({ requestId: `r${i}` }, async () => {
        await setImmediate();
        setContext({ userId: `u${i}` });
        await new Promise((resolve) => setTimeout(resolve, i % 3));
        return currentContext();
      }),
    ),
  );
  expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => ({ requestId: `r${i}`, userId: `u${i}` })));
});

test('an inner context inherits, and changes nothing outside', () => {
  runWithContext({ requestId: 'r', module: 'outer' }, () => {
    runWithContext({ module: 'inner' }, () => {
      setContext({ userId: 'u' });
      expect(currentContext()).toEqual({ requestId: 'r', module: 'inner', userId: 'u' });
    });
    expect(currentContext()).toEqual({ requestId: 'r', module: 'outer' });
  });
});

test('outside of any context there is nothing, and nothing can be left behind', () => {
  setContext({ userId: 'u' });
  expect(currentContext()).toEqual({});
});

test('a snapshot cannot be used to change the context', () => {
  runWithContext({ requestId: 'r' }, () => {
    Object.assign(currentContext(), { requestId: 'changed' });
    expect(currentContext().requestId).toBe('r');
  });
});
