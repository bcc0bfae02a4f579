import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Database } from '../../../platform/database/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { RecordedChange } from './auth-change.js';
import { currentSnapshot, readChangesSince } from './auth-changes.repository.js';
import { ChangeTail, type TailListener } from './change-tail.js';

vi.mock('./auth-changes.repository.js');
const begin = vi.mocked(currentSnapshot);
const follow = vi.mocked(readChangesSince);

const change: RecordedChange = { kind: 'session', subject: 's', reason: 'logout', recordedAt: new Date(0) };
const nothing = { snapshot: 'next', wentBack: false, changes: [] };

beforeEach(() => {
  vi.resetAllMocks();
  begin.mockResolvedValue('first');
  follow.mockResolvedValue(nothing);
});

async function start(listener: Partial<TailListener> = {}, readTimeLimitMs = 1_000) {
  let hint = () => {};
  const log = { warn: vi.fn(), info: vi.fn() };
  const told = { changed: vi.fn(listener.changed ?? (() => {})), lost: vi.fn(listener.lost ?? (() => {})) };
  const tail = new ChangeTail({
    db: {} as Database,
    config: { pollIntervalMs: 30, readTimeLimitMs },
    log: log as unknown as Logger,
    hints: {
      start: (look) => {
        hint = look;
      },
      stop: () => {},
    },
    listeners: [told],
  });
  onTestFinished(() => tail.close());
  await tail.initialize();
  return { tail, log, told, hint: () => hint() };
}

it('begins where the database stands, says that anything may have changed, and goes on from each snapshot', async () => {
  const { tail, told } = await start();
  expect(tail.isFresh).toBe(false);
  await expect.poll(() => follow.mock.calls.length).toBeGreaterThan(1);
  expect(told.lost).toHaveBeenCalledTimes(1);
  expect(follow.mock.calls[0]?.[1]).toBe('first');
  expect(follow.mock.calls[1]?.[1]).toBe('next');
  expect(tail.isFresh).toBe(true);
});

it('whoever could not take a change gets the chance to read everything anew', async () => {
  follow.mockResolvedValueOnce({ ...nothing, changes: [change] });
  const { told, log } = await start({
    changed: () => Promise.reject(new Error('the keys could not be read')),
  });
  await expect.poll(() => told.lost.mock.calls.length).toBe(2);
  expect(told.changed).toHaveBeenCalledWith([change]);
  expect(log.warn).toHaveBeenCalledTimes(1);
});

it('a failure is said once however often it repeats, and so is its end', async () => {
  follow.mockRejectedValue(new Error('gone'));
  begin.mockResolvedValueOnce('first').mockRejectedValue(new Error('gone'));
  const { tail, log } = await start();
  await expect.poll(() => begin.mock.calls.length).toBeGreaterThan(3);
  expect((await tail.health()).status).toBe('degraded');
  expect(log.warn).toHaveBeenCalledTimes(1);
  follow.mockResolvedValue(nothing);
  begin.mockResolvedValue('again');
  await expect.poll(() => log.info.mock.calls.length).toBe(1);
  expect((await tail.health()).status).toBe('healthy');
});

it.each([
  ['went back', { ...nothing, wentBack: true, changes: [change] }],
  ['is too much to tell', { ...nothing, changes: Array.from({ length: 5_001 }, () => change) }],
])('what %s makes anything possible', async (_what, answer) => {
  follow.mockResolvedValueOnce(answer);
  const { told } = await start();
  await expect.poll(() => told.lost.mock.calls.length).toBe(2);
  expect(told.changed).not.toHaveBeenCalled();
});

it('a database that swallows every question gets three of them, and the tail is not fresh', async () => {
  begin.mockReturnValue(new Promise(() => {}));
  const { tail, log } = await start({}, 20);
  await expect.poll(() => begin.mock.calls.length).toBe(3);
  await expect.poll(() => log.warn.mock.calls.length).toBe(1);
  const looks = vi.waitFor(() => expect(begin.mock.calls.length).toBeGreaterThan(3), { timeout: 300 });
  await expect(looks).rejects.toThrow();
  expect(tail.isFresh).toBe(false);
});

it('an answer that comes after its time is not believed over a later one', async () => {
  let answerLate = (_snapshot: string) => {};
  const late = new Promise<string>((resolve) => {
    answerLate = resolve;
  });
  begin.mockReturnValueOnce(late);
  await start({}, 20);
  await expect.poll(() => follow.mock.calls.length).toBeGreaterThan(0);
  answerLate('late');
  const before = follow.mock.calls.length;
  await expect.poll(() => follow.mock.calls.length).toBeGreaterThan(before + 2);
  expect(follow.mock.calls.map(([, since]) => since)).not.toContain('late');
});

it('a storm of hints makes no storm of looks, and a hint during a look makes one more', async () => {
  const { hint } = await start();
  await expect.poll(() => follow.mock.calls.length).toBeGreaterThan(0);
  const beganMs = performance.now();
  const before = follow.mock.calls.length;
  await vi.waitFor(
    () => {
      for (let n = 0; n < 1_000; n += 1) hint();
      expect(performance.now() - beganMs).toBeGreaterThan(200);
    },
    { interval: 1 },
  );
  const looks = follow.mock.calls.length - before;
  expect(looks).toBeGreaterThan(2);
  expect(looks).toBeLessThanOrEqual((performance.now() - beganMs) / 9 + 1);
});
