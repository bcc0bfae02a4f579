import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeRedis, testKeyPrefix } from '../../../testing/redis.js';
import { ProcessGroup } from './process-group.js';

const leaseMs = 600;
const callers = 1_000;

describeRedis('four processes with 1 000 callers each', (url) => {
  let group: ProcessGroup;

  beforeAll(async () => {
    group = await ProcessGroup.start([url, url, url, url], { keyPrefix: testKeyPrefix(), leaseMs });
  });
  afterAll(() => group?.end());

  test('load a cold key exactly once', async () => {
    const answers = group.load('cold', callers);
    await group.untilLoads('cold', 1);
    group.release('v');
    expect(await answers).toEqual([['v'], ['v'], ['v'], ['v']]);
    expect(group.loadsOf('cold')).toBe(1);
  });

  test('load it exactly once more when the process that loads is killed, after its lease', async () => {
    const answers = group.load('orphaned', callers);
    await group.untilLoads('orphaned', 1);
    const killed = group.members.findIndex(({ loads }) => loads.includes('orphaned'));
    const killedAtMs = performance.now();
    group.members[killed]?.kill();
    await group.untilLoads('orphaned', 2);
    expect(performance.now() - killedAtMs).toBeGreaterThan(leaseMs / 3);
    group.release('w');
    const living = (await answers).filter((_, index) => index !== killed);
    expect(living).toEqual([['w'], ['w'], ['w']]);
    expect(group.loadsOf('orphaned')).toBe(2);
  });
});
