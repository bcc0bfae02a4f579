import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { findImbalances, sumGrants } from './books.repository.js';
import { allowed, countAllowed, QuotaHarness } from './quota-harness.js';

const thousand = { daily: { reader: 1000 } };

describeEachEngine('the quota under concurrent calls', (open) => {
  test('50 concurrent calls of 100 on a quota of 1000 run exactly 10', async () => {
    const harness = await QuotaHarness.open(open);
    const { quota } = harness.instance({ config: thousand });
    const userId = await harness.newUser();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => quota.reserve(harness.request(userId))),
    );
    expect(countAllowed(answers)).toBe(10);
    expect(await quota.read(userId, ['reader'])).toMatchObject({ available: 0, reserved: 1000, used: 0 });
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('two instances share one quota: 50 calls of 100 on 1000 run exactly 10 between them', async () => {
    const harness = await QuotaHarness.open(open);
    const instances = [1, 2].map(() => harness.instance({ config: thousand }).quota);
    const userId = await harness.newUser();
    const answers = await Promise.all(
      Array.from({ length: 25 }, () =>
        instances.map((quota) => quota.reserve(harness.request(userId))),
      ).flat(),
    );
    expect(countAllowed(answers)).toBe(10);
    expect(await sumGrants(harness.database, userId)).toEqual({ tokens: 1000, used: 0, reserved: 1000 });
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('nobody is refused without need: 1000 calls of 10 on 10000 all run, and the next does not', async () => {
    const harness = await QuotaHarness.open(open);
    const instances = [1, 2].map(() => harness.instance().quota);
    const userId = await harness.newUser();
    const answers = await Promise.all(
      Array.from({ length: 500 }, () =>
        instances.map((quota) => quota.reserve(harness.request(userId, { maxTokens: 10 }))),
      ).flat(),
    );
    expect(countAllowed(answers)).toBe(1000);
    const next = await instances[0]?.reserve(harness.request(userId, { maxTokens: 1 }));
    expect(next).toMatchObject({ allowed: false, reason: 'exhausted', available: 0 });
  });

  test('calls of many users on two instances settle to the token, side by side', async () => {
    const harness = await QuotaHarness.open(open);
    const instances = [1, 2].map(() => harness.instance().quota);
    const users = await Promise.all(Array.from({ length: 20 }, () => harness.newUser()));
    const pairs = users.flatMap((userId, index) =>
      Array.from({ length: 10 }, async (_, call) => {
        const [first, second] = call % 2 === 0 ? instances : instances.toReversed();
        const { callId } = allowed((await first?.reserve(harness.request(userId))) as never);
        return second?.settle(callId, { promptTokens: 0, completionTokens: index });
      }),
    );
    await Promise.all(pairs);
    const sums = await Promise.all(users.map((userId) => sumGrants(harness.database, userId)));
    expect(sums.map(({ used, reserved }) => ({ used, reserved }))).toEqual(
      users.map((_, index) => ({ used: index * 10, reserved: 0 })),
    );
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('a call settled by both instances at once is charged once, and both hear the same', async () => {
    const harness = await QuotaHarness.open(open);
    const instances = [1, 2].map(() => harness.instance());
    const userId = await harness.newUser();
    const first = instances[0]?.quota;
    const { callId } = allowed((await first?.reserve(harness.request(userId))) as never);
    const answers = await Promise.all(
      [30, 40, 50, 60].map((completionTokens, index) =>
        instances[index % 2]?.quota.settle(callId, { promptTokens: 0, completionTokens }),
      ),
    );
    const charged = new Set(answers.map((answer) => answer?.chargedTokens));
    expect(charged.size).toBe(1);
    expect((await sumGrants(harness.database, userId)).used).toBe([...charged][0]);
    expect(await findImbalances(harness.database)).toEqual([]);
  });

  test('one call reserved by both instances at once sets its ceiling aside once', async () => {
    const harness = await QuotaHarness.open(open);
    const instances = [1, 2].map(() => harness.instance().quota);
    const request = harness.request(await harness.newUser());
    const answers = await Promise.all([...instances, ...instances].map((quota) => quota.reserve(request)));
    expect(countAllowed(answers)).toBe(4);
    expect((await sumGrants(harness.database, request.userId)).reserved).toBe(100);
  });

  test('the first call of the day from two instances makes one grant', async () => {
    const harness = await QuotaHarness.open(open);
    const instances = [1, 2].map(() => harness.instance().quota);
    const users = await Promise.all(Array.from({ length: 10 }, () => harness.newUser()));
    await Promise.all(
      instances.flatMap((quota, index) =>
        (index === 0 ? users : users.toReversed()).map((userId) => quota.reserve(harness.request(userId))),
      ),
    );
    for (const userId of users) {
      expect(await sumGrants(harness.database, userId)).toEqual({ tokens: 10_000, used: 0, reserved: 200 });
    }
    expect(await findImbalances(harness.database)).toEqual([]);
  });
});
