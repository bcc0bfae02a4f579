import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { codeOf } from './auth-harness.js';
import { outcomesOf, startStaff } from './staff-harness.js';

describeEachEngine('custom roles', (open) => {
  let staff: Awaited<ReturnType<typeof startStaff>>;
  let roleCount = 0;

  beforeAll(async () => {
    staff = await startStaff(open);
  });

  const newRole = async (...permissions: string[]) => {
    roleCount += 1;
    const { auth, person } = staff;
    const draft = { name: `desk-${roleCount}`, title: '专员', permissions };
    return auth.roles.create(draft, (await person('admin')).actor);
  };

  /** Somebody whose custom role permits this and nothing else. */
  const holderOf = async (...permissions: string[]) => {
    const { auth, person } = staff;
    const role = await newRole(...permissions);
    const holder = await person();
    await auth.staff.assignment.assign(holder.id, { roles: [role.name] }, (await person('admin')).actor);
    return { ...holder, role };
  };

  it('permit at the next request what they permit by then, and within a second on another instance', async () => {
    const { auth, person, signIn, powersOf, secondInstance } = staff;
    const other = await secondInstance();
    const holder = await holderOf('session.manage');
    const { token } = await signIn(holder);
    expect(await powersOf(token)).toEqual(['session.manage']);
    const edit = { name: holder.role.name, title: '专员', permissions: ['user.*', 'session.manage'] };
    await auth.roles.replace(edit, 1, (await person('admin')).actor);
    expect(await powersOf(token)).toEqual(['session.manage', 'user.*']);
    expect(await powersOf(token, other)).toEqual(['session.manage', 'user.*']);
    await auth.roles.replace({ ...edit, permissions: [] }, 2, (await person('admin')).actor);
    expect(await powersOf(token)).toEqual([]);
    await expect.poll(() => powersOf(token, other), { timeout: 1_000 }).toEqual([]);
  });

  it('tell every instance of their change in its own transaction, and none of one that was refused', async () => {
    const { auth, person } = staff;
    const heard: string[] = [];
    auth.changes.onCommitted((changes) =>
      heard.push(...changes.map(({ kind, subject }) => `${kind} ${subject}`)),
    );
    const role = await newRole('user.read');
    const admin = await person('admin');
    await auth.roles.replace({ ...role, permissions: ['user.ban'] }, 1, admin.actor);
    expect(await codeOf(auth.roles.replace(role, 1, admin.actor))).toBe('version-conflict');
    expect(heard).toEqual([`role ${role.name}`]);
  });

  it('are never made, widened, narrowed or removed by somebody who does not hold what is in question', async () => {
    const { auth, person } = staff;
    const { actor } = await holderOf('role.manage', 'user.read');
    const make = (...permissions: string[]) =>
      codeOf(
        auth.roles.create(
          { name: `own-${permissions.join().replace(/\W/g, '-')}`, title: 'x', permissions },
          actor,
        ),
      );
    expect(await make('user.read')).toBe('nothing was raised');
    expect(await make('user.read', 'user.ban')).toBe('permission-not-held');
    expect(await make('user.*')).toBe('permission-not-held');
    const strong = await newRole('user.ban', 'user.read');
    const edit = (...permissions: string[]) =>
      codeOf(auth.roles.replace({ ...strong, permissions }, strong.version, actor));
    expect(await edit('user.ban', 'user.read', 'session.manage')).toBe('permission-not-held');
    expect(await edit('user.read')).toBe('permission-not-held');
    expect(await codeOf(auth.roles.remove(strong.name, actor))).toBe('permission-not-held');
    expect(await edit('user.ban')).toBe('nothing was raised');
    expect(await codeOf(auth.roles.remove(strong.name, (await person('operator')).actor))).toBe(
      'permission-denied',
    );
  });

  it('hold only permissions that there are', async () => {
    const { auth, person } = staff;
    const { actor } = await person('admin');
    const make = (...permissions: string[]) =>
      codeOf(auth.roles.create({ name: 'made-up', title: 'x', permissions }, actor));
    expect(await make('user.fly')).toBe('permission-unknown');
    expect(await make('moon.*')).toBe('permission-unknown');
    expect(await make('*')).toBe('permission-unknown');
    expect(await make('review.*', 'user.*', 'quota.manage')).toBe('nothing was raised');
    expect(await make('user.read')).toBe('role-exists');
  });

  it('never take the name of a system role, which nobody changes or removes', async () => {
    const { auth, person } = staff;
    const { actor } = await person('admin');
    for (const name of ['reader', 'author', 'reviewer', 'operator', 'admin']) {
      const draft = { name, title: 'x', permissions: [] };
      expect(
        await outcomesOf([
          auth.roles.create(draft, actor),
          auth.roles.replace(draft, 1, actor),
          auth.roles.remove(name, actor),
        ]),
      ).toEqual(['role-fixed', 'role-fixed', 'role-fixed']);
    }
  });

  it('take one of two edits that were made on one version at once', async () => {
    const { auth, person } = staff;
    const role = await newRole('user.read');
    const [one, two] = [await person('admin'), await person('admin')];
    const outcomes = await outcomesOf([
      auth.roles.replace({ ...role, title: '甲' }, 1, one.actor),
      auth.roles.replace({ ...role, title: '乙' }, 1, two.actor),
    ]);
    expect(outcomes.sort()).toEqual(['done', 'version-conflict']);
    expect(await codeOf(auth.roles.replace({ ...role, name: 'no-such' }, 1, one.actor))).toBe(
      'role-not-found',
    );
  });

  it('are not removed while somebody holds them, nor given while they are removed', async () => {
    const { auth, person } = staff;
    const [one, two] = [await person('admin'), await person('admin')];
    const held = await holderOf('user.read');
    expect(await codeOf(auth.roles.remove(held.role.name, one.actor))).toBe('role-in-use');
    for (let round = 0; round < 4; round += 1) {
      const role = await newRole('user.read');
      const { id } = await person();
      const outcomes = await outcomesOf([
        auth.roles.remove(role.name, one.actor),
        auth.staff.assignment.assign(id, { roles: [role.name] }, two.actor),
      ]);
      expect([
        ['done', 'role-unknown'],
        ['role-in-use', 'done'],
      ]).toContainEqual(outcomes);
    }
  });

  it('are listed with the system roles by name, in pages', async () => {
    const { auth } = staff;
    const all = await auth.roles.list({ after: undefined, limit: 1000 });
    const names = all.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(['reader', 'author', 'reviewer', 'operator', 'admin']));
    const paged: string[] = [];
    for (let after: string | undefined; ; after = paged.at(-1)) {
      const page = await auth.roles.list({ after, limit: 2 });
      if (page.length === 0) break;
      paged.push(...page.map(({ name }) => name));
    }
    expect(paged).toEqual(names);
  });

  it('leave a record of each act: who, before and after', async () => {
    const { auth, person } = staff;
    const { actor } = await person('admin');
    const role = await newRole('user.read');
    auth.audit.entries.length = 0;
    await auth.roles.replace({ ...role, permissions: ['user.ban'] }, 1, actor);
    await auth.roles.remove(role.name, actor);
    const target = { type: 'role', id: role.name };
    const [narrow, wide] = [
      { title: '专员', permissions: ['user.read'] },
      { title: '专员', permissions: ['user.ban'] },
    ];
    expect(auth.audit.entries).toEqual([
      { action: 'auth.role-changed', actor, target, before: narrow, after: wide },
      { action: 'auth.role-removed', actor, target, before: wide },
    ]);
  });

  it('the catalogue names each permission that a route declares, with the operations that ask for it', () => {
    const { auth } = staff;
    const { catalogue } = auth.permissions;
    const entry = (permission: string) => catalogue.find((use) => use.permission === permission);
    expect(entry('role.assign')).toEqual({
      permission: 'role.assign',
      operations: ['PUT /api/v1/admin/users/{id}/roles'],
      systemRoles: ['admin'],
    });
    expect(entry('user.ban')).toMatchObject({
      operations: [
        'POST /api/v1/admin/users/{id}/ban',
        'POST /api/v1/admin/users/{id}/unban',
        'POST /api/v1/admin/users/{id}/unlock-login',
      ],
      systemRoles: ['operator', 'admin'],
    });
    // Held by a system role before any route asks for it.
    expect(entry('review.*')).toMatchObject({
      operations: [],
      systemRoles: ['reviewer', 'operator', 'admin'],
    });
    expect(entry('*')).toBeUndefined();
  });
});
