import { describe, expect, it } from 'vitest';
import { deadSession, idleEnd, judgeSpent, sessionEnd } from './session.domain.js';

const start = Date.parse('2025-03-01T00:00:00Z');
const at = (ms: number) => new Date(start + ms);
const live = {
  idleUntil: at(1000),
  expiresAt: at(5000),
  endedAt: null,
  endReason: null,
  endedByDevice: null,
};

describe('the end of a session', () => {
  it.each([
    [999, undefined],
    [1000, 'idle'],
    [1001, 'idle'],
    [5000, 'idle'],
    [5001, 'idle'],
  ])('unused it is at %i ms: %s', (ms, reason) => {
    expect(sessionEnd(live, at(ms))?.reason).toBe(reason);
    if (reason) expect(sessionEnd(live, at(ms))?.at).toEqual(at(1000));
  });

  it.each([
    [4999, undefined],
    [5000, 'absolute'],
    [5001, 'absolute'],
  ])('used to the last it is at %i ms: %s', (ms, reason) => {
    const used = { ...live, idleUntil: live.expiresAt };
    expect(sessionEnd(used, at(ms))?.reason).toBe(reason);
  });

  it('a written end stays the reason, also when its time has run out since', () => {
    const ended = { ...live, endedAt: at(10), endReason: 'replaced', endedByDevice: 'iPad' };
    expect(sessionEnd(ended, at(9000))).toEqual({ reason: 'replaced', at: at(10), byDevice: 'iPad' });
  });

  it.each([
    ['logout', 'session-logged-out'],
    ['logout-all', 'session-logged-out'],
    ['evicted', 'session-evicted'],
    ['replaced', 'session-evicted'],
    ['admin', 'session-revoked'],
    ['password-changed', 'session-revoked'],
    ['banned', 'account-banned'],
    ['refresh-reused', 'refresh-reused'],
    ['idle', 'session-expired'],
    ['absolute', 'session-expired'],
    ['a reason of a later release', 'session-revoked'],
  ])('%s tells the client %s, the reason and the moment', (reason, code) => {
    const error = deadSession({ reason, at: at(10), byDevice: undefined });
    expect(error.code).toBe(code);
    expect(error.definition.status).toBe(401);
    expect(error.options.extensions).toEqual({ reason, endedAt: '2025-03-01T00:00:00.010Z' });
  });

  it('an eviction says by which device', () => {
    const error = deadSession({ reason: 'replaced', at: at(10), byDevice: 'iPad' });
    expect(error.options.extensions).toMatchObject({ endedByDevice: 'iPad' });
  });

  it('the idle end slides, never past the absolute end', () => {
    expect(idleEnd(at(0), 4, at(5000))).toEqual(at(4000));
    expect(idleEnd(at(2000), 4, at(5000))).toEqual(at(5000));
  });
});

describe('a refresh token that was spent', () => {
  const rotated = { generation: 3, rotatedAt: at(0) };

  it.each([
    [2, 0, 'same-successor'],
    [2, 9_999, 'same-successor'],
    [2, 10_000, 'reused'],
    [2, 10_001, 'reused'],
    [1, 0, 'reused'],
    [3, 0, 'unknown'],
    [4, 0, 'unknown'],
  ])('generation %i after %i ms means %s', (presented, ms, verdict) => {
    expect(judgeSpent(rotated, presented, at(ms), 10)).toBe(verdict);
  });

  it('an instance whose clock is behind still sees the twin', () => {
    expect(judgeSpent(rotated, 2, at(-500), 10)).toBe('same-successor');
  });
});
