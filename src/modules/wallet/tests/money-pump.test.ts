import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { findContradictions } from './books.repository.js';
import { play, schemes } from './money-pump.js';
import { WalletHarness, walletDefaults } from './wallet-harness.js';

describeEachEngine('there is no money pump', (open, engine) => {
  test('no sequence of recharge, bonus, purchase, refund and withdrawal pays out more than was paid in', async () => {
    // Without a least amount and a fee the smallest leak shows.
    const wallet = await WalletHarness.open(open, {
      withdrawal: { ...walletDefaults.withdrawal, coinsMin: 1, feePercent: 0 },
    });
    await fc.assert(
      fc.asyncProperty(schemes(14), async (scheme) => {
        const { paidIn, paidOut } = await play(wallet, scheme);
        expect(paidOut).toBeLessThanOrEqual(paidIn);
      }),
      { numRuns: engine === 'pglite' ? 3 : 15 },
    );
    expect(await findContradictions(wallet.database)).toEqual([]);
  });
});
