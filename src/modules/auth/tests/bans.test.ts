import { decodeJwt } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { tables } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import type { AuthTables } from '../auth.tables.js';
import type { BanOrder } from '../staff/ban.service.js';
import { staffHolders } from '../staff/staff.personal-data.js';
import { codeOf } from './auth-harness.js';
import { outcomesOf, type Person, startStaff } from './staff-harness.js';

const hourMs = 3_600_000;

describeEachEngine('a ban', (open) => {
  let staff: Awaited<ReturnType<typeof startStaff>>;

  beforeAll(async () => {
    staff = await startStaff(open);
  });

  const ban = (by: Person, whom: Person, order: Partial<BanOrder> = {}) =>
    staff.auth.staff.bans.ban(whom.id, { reason: '广告', ...order }, by.actor);
  const unban = (by: Person, whom: Person) => staff.auth.staff.bans.unban(whom.id, '申诉成立', by.actor);

  it('ends every session at once, here and elsewhere, and tells the user why and until when', async () => {
    const { auth, clock, person, signIn, powersOf, secondInstance } = staff;
    const other = await secondInstance();
    const [operator, user] = [await person('operator'), await person()];
    const tokens = [await signIn(user), await signIn(user)].map(({ token }) => token);
    const until = new Date(clock.now().getTime() + hourMs);
    expect(await ban(operator, user, { until })).toMatchObject({ status: 'banned', bannedUntil: until });
    for (const token of tokens) {
      expect(await powersOf(token)).toBe('account-banned');
      expect(await powersOf(token, other)).toBe('account-banned');
    }
    await expect(signIn(user)).rejects.toMatchObject({
      code: 'account-banned',
      options: { extensions: { banReason: '广告', bannedUntil: until.toISOString() } },
    });
    expect(await auth.sessions.list(user.id, 10, undefined)).toEqual([]);
  });

  it('is over at its end to the millisecond, by itself; the sessions that it ended stay so', async () => {
    const { clock, person, signIn, powersOf } = staff;
    const [operator, user] = [await person('operator'), await person()];
    const { token } = await signIn(user);
    const until = new Date(clock.now().getTime() + hourMs);
    await ban(operator, user, { until });
    clock.set(new Date(until.getTime() - 1));
    expect(await codeOf(signIn(user))).toBe('account-banned');
    clock.set(until);
    expect(await codeOf(unban(operator, user))).toBe('not-banned');
    expect(await powersOf((await signIn(user)).token)).toEqual([]);
    expect(await powersOf(token)).toBe('account-banned');
    expect(await codeOf(ban(operator, user))).toBe('nothing was raised');
  });

  it('is lifted once, and what it was is kept', async () => {
    const { auth, clock, person, signIn } = staff;
    const [operator, user] = [await person('operator'), await person()];
    await ban(operator, user);
    clock.advance(hourMs);
    expect(await unban(operator, user)).toMatchObject({
      status: 'active',
      bannedUntil: null,
      banReason: null,
    });
    expect(await codeOf(unban(operator, user))).toBe('not-banned');
    expect(await codeOf(signIn(user))).toBe('nothing was raised');
    await ban(operator, user, { reason: '再犯' });
    const { bans } = await auth.staff.directory.get(user.id);
    expect(bans).toMatchObject([
      { reason: '再犯', until: null, bannedBy: operator.id, liftedAt: null },
      { reason: '广告', liftedBy: operator.id, liftedAt: clock.now(), liftReason: '申诉成立' },
    ]);
  });

  it('of two at once exactly one is made, and one that is in force is not replaced', async () => {
    const { auth, person } = staff;
    const [one, two, user] = [await person('operator'), await person('operator'), await person()];
    expect((await outcomesOf([ban(one, user), ban(two, user)])).sort()).toEqual(['already-banned', 'done']);
    await expect(ban(one, user)).rejects.toMatchObject({
      options: { extensions: { banReason: '广告', bannedUntil: null } },
    });
    expect((await auth.staff.directory.get(user.id)).bans).toHaveLength(1);
  });

  it.each([0, -1, Number.NaN])('has no end that is not to come: %i ms from now', async (ms) => {
    const { clock, person } = staff;
    const [operator, user] = [await person('operator'), await person()];
    const until = new Date(clock.now().getTime() + ms);
    expect(await codeOf(ban(operator, user, { until }))).toBe('ban-end-past');
  });

  it('hits nobody’s own account, and the staff only from an admin, whatever it is that makes them staff', async () => {
    const { auth, person } = staff;
    const [admin, operator, reviewer, desk] = [
      await person('admin'),
      await person('operator'),
      await person('reviewer'),
      await person(),
    ];
    await auth.roles.create(
      { name: 'wallet-desk', title: '账务', permissions: ['wallet.audit'] },
      admin.actor,
    );
    await auth.staff.assignment.assign(desk.id, { roles: ['wallet-desk'] }, admin.actor);
    expect(await codeOf(ban(admin, admin))).toBe('own-ban');
    expect(await codeOf(ban(operator, { ...operator, id: operator.id.toUpperCase() }))).toBe('own-ban');
    for (const colleague of [admin, reviewer, desk]) {
      expect(await codeOf(ban(operator, colleague))).toBe('staff-protected');
    }
    for (const colleague of [operator, reviewer, desk]) {
      expect(await codeOf(ban(admin, colleague))).toBe('nothing was raised');
    }
    expect(await codeOf(unban(await person('operator'), reviewer))).toBe('staff-protected');
    expect(await codeOf(ban(reviewer, await person()))).toBe('account-banned');
    expect(await codeOf(ban(await person('reviewer'), await person()))).toBe('permission-denied');
  });

  it('of two admins who ban each other at once exactly one is left', async () => {
    const { person } = staff;
    for (let round = 0; round < 4; round += 1) {
      const [one, two] = [await person('admin'), await person('admin')];
      expect((await outcomesOf([ban(one, two), ban(two, one)])).sort()).toEqual(['account-banned', 'done']);
    }
  });

  it('leaves no session to whoever signs in at the same moment', async () => {
    const { auth, person, signIn } = staff;
    const operator = await person('operator');
    for (let round = 0; round < 4; round += 1) {
      const user = await person();
      await Promise.all([codeOf(signIn(user)), ban(operator, user), codeOf(signIn(user))]);
      expect(await auth.sessions.list(user.id, 10, undefined)).toEqual([]);
    }
  });

  it('and its end leave a record, a change and an event each', async () => {
    const { auth, clock, person, signIn } = staff;
    const [operator, user] = [await person('operator'), await person()];
    const { sessionId } = await signIn(user);
    const heard: unknown[] = [];
    auth.changes.onCommitted((changes) => heard.push(...changes));
    auth.audit.entries.length = 0;
    auth.events.committed.length = 0;
    const until = new Date(clock.now().getTime() + hourMs);
    await ban(operator, user, { until });
    await unban(operator, user);
    const target = { type: 'user', id: user.id };
    const free = { status: 'active', bannedUntil: null, banReason: null };
    const banned = { status: 'banned', bannedUntil: until.toISOString(), banReason: '广告' };
    const { actor } = operator;
    expect(auth.audit.entries).toEqual([
      {
        ...{ action: 'auth.user-banned', actor, target, before: free, after: banned, reason: '广告' },
        detail: { sessionsEnded: 1 },
      },
      { action: 'auth.user-unbanned', actor, target, before: banned, after: free, reason: '申诉成立' },
    ]);
    expect(heard).toEqual([
      { kind: 'session', subject: sessionId, reason: 'banned' },
      { kind: 'user', subject: user.id, reason: 'banned' },
      { kind: 'user', subject: user.id, reason: 'active' },
    ]);
    const aggregate = `user ${user.id}`;
    const payload = { userId: user.id, reason: '广告', until: until.toISOString() };
    expect(auth.events.committed).toEqual([
      { type: 'auth.user-banned', aggregate, payload },
      { type: 'auth.user-unbanned', aggregate, payload: { userId: user.id } },
    ]);
  });
});

describeEachEngine('what is kept about somebody the staff dealt with', (open) => {
  const start = async () => {
    const staff = await startStaff(open);
    const [bans, roles] = staffHolders(staff.clock);
    if (!bans || !roles) throw new Error('no holders');
    const erase = (id: string) =>
      staff.db.withTransaction({ name: 'close-account' }, async (tx) => {
        await tables<AuthTables>(tx)
          .selectFrom('users')
          .select('id')
          .where('id', '=', id)
          .forNoKeyUpdate()
          .execute();
        const obstacle = await roles.obstacle?.(tx, id);
        if (obstacle) return obstacle.en;
        await bans.erase(tx, id);
        await roles.erase(tx, id);
        await tables<AuthTables>(tx)
          .updateTable('users')
          .set({ status: 'closed' })
          .where('id', '=', id)
          .execute();
        return 'closed';
      });
    return { ...staff, bans, roles, erase };
  };

  it('is told, without who of the staff it was, and goes with the account', async () => {
    const { auth, clock, db, person, bans, roles, erase } = await start();
    const [admin, user] = [await person('admin'), await person('author')];
    await auth.staff.bans.ban(user.id, { reason: '广告' }, admin.actor);
    await auth.staff.bans.unban(user.id, '申诉成立', admin.actor);
    const all = async (holder: typeof bans) => {
      const rows = [];
      for await (const row of holder.export(db, user.id)) rows.push(row);
      return rows;
    };
    const now = clock.now();
    expect(await all(bans)).toEqual([
      { reason: '广告', until: null, bannedAt: now, liftedAt: now, liftReason: '申诉成立' },
    ]);
    expect(await all(roles)).toMatchObject([{ role: 'author' }, { role: 'reader' }]);
    expect(await erase(user.id)).toBe('closed');
    expect(await all(bans)).toMatchObject([{ reason: '', liftReason: null }]);
    expect(await all(roles)).toEqual([]);
    expect(await codeOf(auth.staff.bans.ban(user.id, { reason: 'x' }, admin.actor))).toBe('user-not-found');
  });

  it('the last admin stays, also when the last two leave at once', async () => {
    const { person, erase } = await start();
    const [one, two] = [await person('admin'), await person('admin')];
    const outcomes = await Promise.all([erase(one.id), erase(two.id)]);
    expect(outcomes.filter((outcome) => outcome === 'closed')).toHaveLength(1);
    expect(outcomes.find((outcome) => outcome !== 'closed')).toMatch('You are the last admin');
  });
});

describeEachEngine('a forced logout', (open) => {
  let staff: Awaited<ReturnType<typeof startStaff>>;

  beforeAll(async () => {
    staff = await startStaff(open);
  });

  const force = (by: Person, whom: Person, sessionId?: string) =>
    staff.auth.staff.forcedLogout.force(whom.id, { sessionId, reason: '被盗' }, by.actor);

  it('ends one session or all, counts them, and leaves a record of those that ended', async () => {
    const { auth, person, signIn, powersOf } = staff;
    const [operator, user] = [await person('operator'), await person()];
    const [first, second, third] = [await signIn(user), await signIn(user), await signIn(user)];
    auth.audit.entries.length = 0;
    expect(await force(operator, user, first.sessionId)).toBe(1);
    expect([await powersOf(first.token), await powersOf(second.token)]).toEqual(['session-revoked', []]);
    expect(await force(operator, user, first.sessionId)).toBe(0);
    expect(await force(operator, user)).toBe(2);
    expect(await powersOf(third.token)).toBe('session-revoked');
    expect(await force(operator, user)).toBe(0);
    const entry = { action: 'auth.sessions-ended', actor: operator.actor, reason: '被盗' };
    expect(auth.audit.entries).toEqual([
      { ...entry, target: { type: 'user', id: user.id }, detail: { ended: 1, sessionId: first.sessionId } },
      { ...entry, target: { type: 'user', id: user.id }, detail: { ended: 2 } },
    ]);
  });

  it('of one token refuses that one alone, and leaves a record', async () => {
    const { auth, person, signIn, powersOf } = staff;
    const [operator, user] = [await person('operator'), await person()];
    const [first, second] = [await signIn(user), await signIn(user)];
    const tokenId: string = decodeJwt(first.token).jti ?? '';
    auth.audit.entries.length = 0;
    const order = { tokenId, reason: '泄露' };
    expect(await auth.staff.forcedLogout.force(user.id, order, operator.actor)).toBe(0);
    expect([await powersOf(first.token), await powersOf(second.token)]).toEqual(['session-revoked', []]);
    expect(auth.audit.entries).toMatchObject([
      { action: 'auth.sessions-ended', reason: '泄露', detail: { ended: 0, tokenId } },
    ]);
  });

  it('ends no session of anybody else, and is for those who may', async () => {
    const { person, signIn, powersOf } = staff;
    const [operator, user, other] = [await person('operator'), await person(), await person()];
    const { token, sessionId } = await signIn(other);
    expect(await force(operator, user, sessionId)).toBe(0);
    expect(await codeOf(force(await person('reviewer'), other))).toBe('permission-denied');
    expect(await powersOf(token)).toEqual([]);
  });
});
