import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { everyValueOf } from '../../../testing/every-value.repository.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import { linkHolder } from '../link/link.personal-data.js';
import { secondFactorHolder } from '../second-factor/second-factor.personal-data.js';
import { claimant, codeOf, password, startAuth } from './auth-harness.js';
import { newPerson, newPersonWithTotp, signIn } from './second-factor-harness.js';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describeEachEngine('what auth keeps about the second factor and mailed links of a person', (open) => {
  it('is exported without anything secret, and erased without a trace, of this person only', async () => {
    const clock = new FakeClock();
    const db = await open({ migrations: authMigrations, clock });
    const auth = await startAuth(db, clock);
    const [mine, theirs] = [await newPersonWithTotp(auth, clock), await newPersonWithTotp(auth, clock)];
    const email = `${mine.username}@example.com`;
    await auth.emails.change(claimant(mine.userId), email, password);
    await codeOf(signIn(auth, mine.username, mine.app.wrongCode()));
    const enabledAt = new Date(clock.now().getTime() - 60_000);
    expect(await collect(secondFactorHolder.export(db, mine.userId))).toEqual([
      { enabledAt, recoveryCodesLeft: 10 },
    ]);
    expect(await collect(linkHolder.export(db, mine.userId))).toMatchObject([
      { purpose: 'email-verification', email, createdAt: clock.now(), spentAt: null },
    ]);
    await db.withTransaction({ name: 'close' }, async (tx) => {
      for (const holder of [secondFactorHolder, linkHolder]) await holder.erase(tx, mine.userId);
    });
    const left = [...(await everyValueOf(db))].flatMap(([table, rows]) =>
      rows.some((row) => row.includes(mine.userId)) ? [table] : [],
    );
    const erased = ['totp_seeds', 'recovery_codes', 'proof_attempts', 'auth_links'];
    expect(left.filter((table) => erased.includes(table))).toEqual([]);
    expect(left).toContain('users');
    expect(await auth.secondFactor.status(mine.userId)).toEqual({ enabled: false, recoveryCodesLeft: 0 });
    expect(await auth.secondFactor.status(theirs.userId)).toEqual({ enabled: true, recoveryCodesLeft: 10 });
    const { userId } = await newPerson(auth);
    expect(await collect(secondFactorHolder.export(db, userId))).toEqual([]);
  });
});
