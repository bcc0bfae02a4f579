import { beforeAll, expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { findContradictions, setLocked } from './books.repository.js';
import { WalletHarness } from './wallet-harness.js';

describeEachEngine('a transfer', (open) => {
  let wallet: WalletHarness;

  beforeAll(async () => {
    wallet = await WalletHarness.open(open, { transferEnabled: true });
  });

  const send = (userId: string, toUserId: string, amount: number) =>
    wallet.parts.transfers.send(userId, { toUserId, amount }, wallet.once());

  test('moves paid coins only, at once and back and forth without a deadlock', async () => {
    const [a, b] = [await wallet.user({ paid: 500, promo: 500 }), await wallet.user({ paid: 500 })];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? send(a, b, 25) : send(b, a, 25))),
    );
    expect((await wallet.coins.balances(a)).available).toBe(1_000);
    await expect(send(a, b, 501)).rejects.toMatchObject({
      ...{ code: 'insufficient-balance', options: { extensions: { missing: 1 } } },
    });
    expect(await findContradictions(wallet.database)).toEqual([]);
  });

  test('stops at 100 000 coins each and at 200 000 a day, until midnight in Shanghai', async () => {
    const [a, b] = [await wallet.user({ paid: 900_000 }), await wallet.user()];
    await expect(send(a, b, 100_001)).rejects.toMatchObject({ code: 'amount-invalid' });
    const sent = await Promise.allSettled([1, 2, 3, 4].map(() => send(a, b, 90_000)));
    expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    await expect(send(a, b, 20_001)).rejects.toMatchObject({
      ...{ code: 'transfer-limit', options: { extensions: { left: 20_000 } } },
    });
    wallet.clock.set('2026-03-02T15:59:59.999Z');
    await expect(send(a, b, 20_001)).rejects.toMatchObject({ code: 'transfer-limit' });
    wallet.clock.advance(1);
    expect(await send(a, b, 20_001)).toMatchObject({ amount: 20_001 });
  });

  test('goes to nobody but an active user, and not to oneself; nothing leaves a locked wallet', async () => {
    const [a, b] = [await wallet.user({ paid: 100 }), await wallet.user()];
    for (const nobody of [a, wallet.id()]) {
      await expect(send(a, nobody, 1)).rejects.toMatchObject({ code: 'transfer-recipient' });
    }
    await setLocked(wallet.database, a, true);
    await expect(send(a, b, 1)).rejects.toMatchObject({ code: 'wallet-locked' });
  });

  test('is refused where it is not enabled, which is the default', async () => {
    const closed = await WalletHarness.open(open);
    const [a, b] = [await closed.user({ paid: 100 }), await closed.user()];
    const sent = closed.parts.transfers.send(a, { toUserId: b, amount: 1 }, closed.once());
    await expect(sent).rejects.toMatchObject({ code: 'transfers-disabled' });
  });
});
