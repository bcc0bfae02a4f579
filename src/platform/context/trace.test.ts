import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceContext } from './trace.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

test('a valid traceparent is continued with a span of our own', () => {
  const context = traceContext(`00-${traceId}-${spanId}-01`);
  expect(context).toMatchObject({ traceId, parentSpanId: spanId, sampled: true });
  expect(context.spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(context.spanId).not.toBe(spanId);
  expect(context.traceparent).toBe(`00-${traceId}-${context.spanId}-01`);
});

test('a later version is understood, with what it appends', () => {
  expect(traceContext(`cc-${traceId}-${spanId}-00-what-the-future-brings`).traceId).toBe(traceId);
});

test.each([
  ['missing', undefined],
  ['empty', ''],
  ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
  ['zero trace', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['zero span', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['forbidden version', `ff-${traceId}-${spanId}-01`],
  ['version 00 with more', `00-${traceId}-${spanId}-01-x`],
  ['twice', [`00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`]],
  ['a line break', `00-${traceId}-${spanId}-01\n`],
  ['very long', `cc-${traceId}-${spanId}-01-${'x'.repeat(100_000)}`],
])('a traceparent that is %s starts a new trace', (_, header) => {
  const context = traceContext(header);
  expect(context.traceId).not.toBe(traceId);
  expect(context.parentSpanId).toBeUndefined();
});

test('whatever comes in, what goes out is a valid traceparent', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      expect(traceContext(header).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    }),
  );
});

test('ids are new for each call, however many there are', () => {
  const contexts = Array.from({ length: 10_000 }, () => traceContext());
  expect(new Set(contexts.map((context) => context.traceId)).size).toBe(10_000);
  expect(new Set(contexts.map((context) => context.spanId)).size).toBe(10_000);
  for (const context of contexts) expect(context.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});
