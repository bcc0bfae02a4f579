import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CommandDeadlines, PendingCommand } from '../command-deadlines.js';
import type { RedisConnection } from '../redis-connection.js';
import { CommandStats } from '../redis-metrics.js';

const timeoutMs = 500;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const late: string[] = [];
  const names = new Map<PendingCommand, string>();
  const deadlines = new CommandDeadlines(timeoutMs, (pending) => {
    late.push(names.get(pending) as string);
    pending.fail('timed-out', new Error('late'));
  });
  const add = (name: string) => {
    const pending = new PendingCommand({
      connection: {} as RedisConnection,
      stats: new CommandStats(),
      read: (value) => value,
      settle: () => {},
      onFailed: () => {},
    });
    names.set(pending, name);
    deadlines.add(pending);
    return pending;
  };
  return { deadlines, late, add };
}

test('each comes due at its own time, with one timer for all of them', () => {
  const { late, add } = start();
  add('a');
  vi.advanceTimersByTime(200);
  add('b');
  add('c');
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(299);
  expect(late).toEqual([]);
  vi.advanceTimersByTime(3);
  expect(late).toEqual(['a']);
  vi.advanceTimersByTime(197);
  expect(late).toEqual(['a']);
  vi.advanceTimersByTime(4);
  expect(late).toEqual(['a', 'b', 'c']);
  expect(vi.getTimerCount()).toBe(0);
});

test('what was answered never comes due, and when nothing waits nothing is timed', () => {
  const { late, add } = start();
  const first = add('a');
  vi.advanceTimersByTime(100);
  const second = add('b');
  first.answered('x', 0);
  second.answered('x', 0);
  vi.advanceTimersByTime(1_000);
  expect([late, vi.getTimerCount()]).toEqual([[], 0]);
  add('c');
  vi.advanceTimersByTime(502);
  expect(late).toEqual(['c']);
});

test('after the close nothing comes due', () => {
  const { deadlines, late, add } = start();
  add('a');
  deadlines.close();
  vi.advanceTimersByTime(1_000);
  expect([late, vi.getTimerCount()]).toEqual([[], 0]);
});
