import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import type { UserQuery } from '../staff/user-directory.service.js';
import { password } from './auth-harness.js';
import { type Person, startStaff } from './staff-harness.js';

describeEachEngine('the list of users', (open) => {
  let staff: Awaited<ReturnType<typeof startStaff>>;
  let people: { admin: Person; reviewer: Person; author: Person; banned: Person; timed: Person };

  beforeAll(async () => {
    staff = await startStaff(open);
    const { auth, clock, person } = staff;
    const admin = await person('admin');
    const [reviewer, author] = [await person('reviewer'), await person('author')];
    const [banned, timed] = [await person(), await person()];
    people = { admin, reviewer, author, banned, timed };
    await auth.staff.bans.ban(banned.id, { reason: 'x' }, admin.actor);
    const until = new Date(clock.now().getTime() + 1000);
    await auth.staff.bans.ban(timed.id, { reason: 'x', until }, admin.actor);
    await auth.accounts.create(
      { username: 'Lin_Daiyu', email: 'Daiyu@Example.com', password },
      { kind: 'system' },
    );
    const { id } = (await auth.accounts.findByLogin('lin_daiyu')) ?? { id: '' };
    await auth.profiles.edit(id, { nickname: 'Xiaoxiang 100%妃' });
  });

  const list = async (query: UserQuery, { limit = 50, byEmail = true, beforeId = '' } = {}) => {
    const page = { limit, byEmail, beforeId: beforeId || undefined };
    return (await staff.auth.staff.directory.list(query, page)).map(({ username }) => username);
  };

  it.each([
    ['the beginning of a username, in any case', 'LIN_d'],
    ['the beginning of an e-mail address', 'daiyu@ex'],
    ['the beginning of a nickname, with what elsewhere is a wildcard', 'xIaoxiang 100%妃'],
  ])('is searched by %s', async (_what, q) => {
    expect(await list({ q })).toEqual(['Lin_Daiyu']);
  });

  it.each(['lin%', 'lin*', '%', '_in_', 'daiyu.', 'aiyu', "'; --", '\ud800'])(
    'finds nobody by %j, for no character is special',
    async (q) => {
      expect(await list({ q })).toEqual([]);
    },
  );

  it('finds nobody by an address that the reader may not see', async () => {
    expect(await list({ q: 'daiyu@' }, { byEmail: false })).toEqual([]);
    expect(await list({ q: 'lin_' }, { byEmail: false })).toEqual(['Lin_Daiyu']);
  });

  it('is filtered by role, by state as it is at this moment, and by tier', async () => {
    const { clock } = staff;
    const { admin, reviewer, author, banned, timed } = people;
    const name = ({ account }: Person) => account.username;
    expect(await list({ role: 'admin' })).toEqual([name(admin)]);
    expect(await list({ role: 'reviewer', q: 'person' })).toEqual([name(reviewer)]);
    expect(await list({ role: 'no-such' })).toEqual([]);
    expect(await list({ authorTier: 'novice' })).toEqual([name(author)]);
    expect(await list({ status: 'banned' })).toEqual([name(timed), name(banned)]);
    expect(await list({ status: 'closed' })).toEqual([]);
    clock.advance(1000);
    expect(await list({ status: 'banned' })).toEqual([name(banned)]);
    expect(await list({ status: 'active', q: 'person' })).toEqual([timed, author, reviewer, admin].map(name));
  });

  it.each<[string, UserQuery]>([
    ['of all', {}],
    ['of a search', { q: 'person_' }],
    ['of a role', { role: 'reader' }],
  ])('comes in pages, newest first, each once: %s', async (_what, query) => {
    const { directory } = staff.auth.staff;
    const all = await list(query);
    expect(all.length).toBeGreaterThanOrEqual(5);
    const seen: string[] = [];
    for (let beforeId: string | undefined; ; ) {
      const page = await directory.list(query, { limit: 2, byEmail: true, beforeId });
      if (page.length === 0) break;
      seen.push(...page.map(({ username }) => username));
      beforeId = page.at(-1)?.id;
    }
    expect(seen).toEqual(all);
  });
});

describeEachEngine('an edit of one’s own profile', (open) => {
  it('changes what it names and nothing else, and of two on one version exactly one', async () => {
    const { auth, person } = await startStaff(open);
    const { id, account } = await person();
    const edited = await auth.profiles.edit(id, { nickname: ' 潇湘妃子 ', version: 1 });
    expect(edited).toEqual({ ...account, nickname: '潇湘妃子', version: 2 });
    expect(await auth.accounts.get(id)).toEqual(edited);
    expect(await auth.profiles.edit(id, { nickname: '潇湘妃子' })).toEqual(edited);
    const edits = [{ nickname: '甲' }, { locale: 'EN' }].map((edit) =>
      auth.profiles.edit(id, { ...edit, version: 2 }),
    );
    const outcomes = await Promise.allSettled(edits);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await auth.accounts.get(id)).toMatchObject({ version: 3 });
    await expect(auth.profiles.edit(id, { nickname: '\u202e' })).rejects.toMatchObject({
      code: 'nickname-invalid',
    });
    await expect(auth.profiles.edit(id, { locale: 'zh_CN' })).rejects.toMatchObject({
      code: 'locale-invalid',
    });
  });
});
