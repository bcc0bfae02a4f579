import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { codeOf } from './auth-harness.js';
import { outcomesOf, type Person, startStaff } from './staff-harness.js';

describeEachEngine('giving and taking roles', (open) => {
  let staff: Awaited<ReturnType<typeof startStaff>>;

  beforeAll(async () => {
    staff = await startStaff(open);
  });

  const assign = (by: Person, to: Person, roles: string[], version?: number) =>
    staff.auth.staff.assignment.assign(to.id, { roles, version }, by.actor);

  it('counts at the next request, leaves a record, and tells instances and listeners', async () => {
    const { auth, person, signIn, powersOf } = staff;
    const [admin, user] = [await person('admin'), await person()];
    const { token } = await signIn(user);
    expect(await powersOf(token)).toEqual([]);
    auth.audit.entries.length = 0;
    auth.events.committed.length = 0;
    const order = { roles: ['reviewer', 'author'], reason: '试用' };
    const account = await auth.staff.assignment.assign(user.id, order, admin.actor);
    expect(account).toMatchObject({
      roles: ['author', 'reader', 'reviewer'],
      authorTier: 'novice',
      version: 2,
    });
    expect(await powersOf(token)).toEqual(['review.*', 'user.read']);
    expect(auth.audit.entries).toEqual([
      {
        action: 'auth.roles-assigned',
        actor: admin.actor,
        target: { type: 'user', id: user.id },
        before: { roles: ['reader'], authorTier: undefined },
        after: { roles: ['author', 'reader', 'reviewer'], authorTier: 'novice' },
        reason: '试用',
      },
    ]);
    expect(auth.events.committed).toEqual([
      {
        type: 'auth.roles-changed',
        aggregate: `user ${user.id}`,
        payload: { userId: user.id, before: ['reader'], after: ['author', 'reader', 'reviewer'] },
      },
    ]);
    expect(await assign(admin, user, [])).toMatchObject({ roles: ['reader'], authorTier: undefined });
    expect(await powersOf(token)).toEqual([]);
  });

  it('of what is held already changes nothing and leaves no record', async () => {
    const { auth, person } = staff;
    const [admin, user] = [await person('admin'), await person('reviewer')];
    auth.audit.entries.length = 0;
    expect(await assign(admin, user, ['reader', 'reviewer', 'reviewer'])).toEqual(user.account);
    expect(auth.audit.entries).toEqual([]);
  });

  it('of two edits on one version at once exactly one is made', async () => {
    const { person } = staff;
    const [one, two, user] = [await person('admin'), await person('admin'), await person()];
    const outcomes = await outcomesOf([assign(one, user, ['author'], 1), assign(two, user, ['reviewer'], 1)]);
    expect(outcomes.sort()).toEqual(['done', 'version-conflict']);
  });

  it('a role that nobody knows and a user who is none are refused by name', async () => {
    const { person } = staff;
    const [admin, user] = [await person('admin'), await person()];
    expect(await codeOf(assign(admin, user, ['owner', '__proto__']))).toBe('role-unknown');
    const nobody = { ...user, id: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42' };
    expect(await codeOf(assign(admin, nobody, ['author']))).toBe('user-not-found');
  });

  it('nobody gives or takes a role that permits more than they may, whatever else they may', async () => {
    const { auth, person } = staff;
    const [admin, desk, user] = [await person('admin'), await person(), await person()];
    const permissions = ['role.assign', 'user.read', 'review.*'];
    await auth.roles.create({ name: 'hr-desk', title: '人事', permissions }, admin.actor);
    await assign(admin, desk, ['hr-desk']);
    expect(await codeOf(assign(desk, user, ['reviewer', 'hr-desk']))).toBe('nothing was raised');
    expect(await codeOf(assign(desk, user, ['operator']))).toBe('permission-not-held');
    expect(await codeOf(assign(desk, user, ['admin']))).toBe('permission-not-held');
    expect(await codeOf(assign(desk, desk, ['hr-desk', 'admin']))).toBe('permission-not-held');
    expect(await codeOf(assign(desk, admin, []))).toBe('permission-not-held');
    expect(await codeOf(assign(await person('operator'), user, []))).toBe('permission-denied');
  });

  it('nobody takes roles from themselves, so an admin stays one; more may be added', async () => {
    const { person } = staff;
    const admin = await person('admin');
    expect(await codeOf(assign(admin, admin, ['author']))).toBe('own-role-kept');
    // The same user, spelt otherwise.
    expect(await codeOf(assign(admin, { ...admin, id: admin.id.toUpperCase() }, []))).toBe('own-role-kept');
    expect((await assign(admin, admin, ['admin', 'author'])).roles).toEqual(['admin', 'author', 'reader']);
  });

  it('of two admins who take each other’s role at once exactly one stays an admin', async () => {
    const { auth, person } = staff;
    for (let round = 0; round < 4; round += 1) {
      const [one, two] = [await person('admin'), await person('admin')];
      const outcomes = await outcomesOf([assign(one, two, []), assign(two, one, [])]);
      expect(outcomes.sort()).toEqual(['done', 'permission-denied']);
      const left = await Promise.all([one, two].map(async ({ id }) => (await auth.accounts.get(id))?.roles));
      expect(left.filter((roles) => roles?.includes('admin'))).toHaveLength(1);
    }
  });

  it('does not happen when its record cannot be written', async () => {
    const { auth, person, signIn, powersOf } = staff;
    const [admin, user] = [await person('admin'), await person()];
    const { token } = await signIn(user);
    const record = auth.audit.record;
    auth.audit.record = () => Promise.reject(new Error('no room'));
    try {
      await expect(assign(admin, user, ['admin'])).rejects.toThrow('no room');
    } finally {
      auth.audit.record = record;
    }
    expect(await powersOf(token)).toEqual([]);
  });

  it('a tier makes an author of a user, once', async () => {
    const { auth, person } = staff;
    const [admin, user] = [await person('admin'), await person()];
    const promote = (tier: 'novice' | 'signed' | 'master', version?: number) =>
      auth.staff.assignment.promote(user.id, { tier, reason: '合同', version }, admin.actor);
    auth.audit.entries.length = 0;
    expect(await promote('signed')).toMatchObject({ roles: ['author', 'reader'], authorTier: 'signed' });
    const { version } = await promote('signed');
    expect(await codeOf(promote('master', version - 1))).toBe('version-conflict');
    expect(await promote('master', version)).toMatchObject({ authorTier: 'master' });
    expect(auth.audit.entries.map(({ before, after }) => [before?.authorTier, after?.authorTier])).toEqual([
      [undefined, 'signed'],
      ['signed', 'master'],
    ]);
    expect(
      await codeOf(
        auth.staff.assignment.promote(
          user.id,
          { tier: 'master', reason: 'x' },
          (await person('operator')).actor,
        ),
      ),
    ).toBe('permission-denied');
  });
});
