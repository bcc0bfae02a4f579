import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { runWithContext } from '../../context/index.js';
import { actorOf } from '../index.js';
import { AuditHarness, banned, otherId, userId } from './audit-harness.js';
import { changeReason, detailsAsText, recordsAsText, removeChain } from './details.repository.js';

describeEachEngine('an audit record', (open) => {
  it('says who did what to whom, from where, in which request, and what changed', async () => {
    const audit = await AuditHarness.start(open);
    const context = { requestId: 'request-0001', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' };
    const id = await runWithContext(context, () => audit.record({ detail: { until: '2026-04-01' } }));
    expect(await audit.list()).toEqual([
      {
        id,
        recordedAt: audit.clock.now(),
        action: 'auth.user-banned',
        actor: { kind: 'user', userId: otherId, address: '203.0.113.9' },
        target: { type: 'user', id: userId },
        ...context,
        details: 'kept',
        before: { status: 'active' },
        after: { status: 'banned' },
        reason: '刷量',
        detail: { until: '2026-04-01' },
      },
    ]);
  });

  it('of a request names its caller and the address it came from', async () => {
    const audit = await AuditHarness.start(open);
    const caller = { userId, sessionId: otherId, roles: [], permissions: [], secondFactor: 'off' } as const;
    await audit.record({ actor: actorOf({ caller, ip: '198.51.100.7' }) });
    expect(await audit.list()).toMatchObject([{ actor: { kind: 'user', userId, address: '198.51.100.7' } }]);
  });

  it('of the platform itself needs no details, and has none', async () => {
    const audit = await AuditHarness.start(open);
    const target = { type: 'job', id: 'cleanup' };
    await audit.db.withTransaction({ name: 'bare' }, (tx) =>
      audit.service.record(tx, { action: 'jobs.run-forced', actor: { kind: 'command' }, target }),
    );
    expect(await audit.list()).toMatchObject([
      {
        actor: { kind: 'command', userId: null, address: null },
        details: 'none',
        before: null,
        requestId: null,
      },
    ]);
    await audit.sealAll();
    expect(await audit.verify()).toMatchObject({ ok: true, checked: 1, erased: 0 });
  });

  it('of a transaction that is undone does not exist, nor do its details', async () => {
    const audit = await AuditHarness.start(open);
    await audit.db.withTransaction({ name: 'refused' }, async (tx) => {
      await audit.service.record(tx, banned);
      return tx.rollback(undefined);
    });
    const failing = audit.db.withTransaction({ name: 'failing' }, async (tx) => {
      await audit.service.record(tx, banned);
      throw new Error('the effect failed');
    });
    await expect(failing).rejects.toThrow('the effect failed');
    expect([await audit.list(), await detailsAsText(audit.db)]).toEqual([[], '[]']);
    expect(await audit.metrics.registry.metrics()).toContain('audit_records_total 0');
  });

  it('fails the transaction, and so what it tells about, when it cannot be written', async () => {
    const audit = await AuditHarness.start(open);
    await audit.db.withTransaction({ name: 'remove-chain' }, (tx) => removeChain(tx));
    await expect(audit.record()).rejects.toThrow(/epoch/);
    expect(await detailsAsText(audit.db)).toBe('[]');
  });

  it('holds no personal data in what is sealed', async () => {
    const audit = await AuditHarness.start(open);
    await audit.record({ after: { email: 'lin@example.com' } });
    expect(await detailsAsText(audit.db)).toContain('lin@example.com');
    expect(await recordsAsText(audit.db)).not.toMatch(/example\.com|203\.0\.113|刷量/);
  });

  it('masks secrets at any depth and in the words of a reason', async () => {
    const audit = await AuditHarness.start(open);
    await audit.record({
      before: { webhook: { secret: 'planted-1' }, list: [{ apiKey: 'planted-2' }] },
      after: { password: 'planted-3', refresh_token: 'planted-4', kept: 'yes' },
      detail: { url: 'https://me:planted-5@example.com/' },
      reason: 'he sent Bearer planted-6-planted',
    });
    const kept = await detailsAsText(audit.db);
    expect(kept).not.toContain('planted');
    expect(kept).toContain('"kept":"yes"');
  });

  it('is bounded, however much it is given, and takes any text', async () => {
    const audit = await AuditHarness.start(open);
    const lines = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`line${n}`, '𠮷'.repeat(4_000)]));
    const hostile = { name: 'a\0b\ud800c\u202e', 'key\0\ud800': '"); drop table audit_records; --' };
    await audit.record({ before: lines, after: hostile, reason: `\0\ud800${'𠮷'.repeat(2_000)}` });
    expect((await detailsAsText(audit.db)).length).toBeLessThan(10_000);
    const [record] = await audit.list();
    expect(record?.before).toMatchObject({ cut: expect.stringMatching(/characters/) });
    expect(record?.after).toEqual(hostile);
    expect(record?.reason).toMatch(/^��𠮷/);
    expect(record?.reason?.length).toBeLessThanOrEqual(1_000);
    await audit.sealAll();
    expect(await audit.verify()).toMatchObject({ ok: true, checked: 1 });
  });

  it.each([
    ['action without an area', { action: 'banned' }],
    ['action in another spelling', { action: 'auth.userBanned' }],
    ['action of endless length', { action: `auth.${'a'.repeat(100)}` }],
    ['target of no kind', { target: { type: '', id: 'x' } }],
    ['target without an id', { target: { type: 'user', id: '' } }],
    ['target with an id of endless length', { target: { type: 'user', id: 'x'.repeat(201) } }],
    ['target with an id that cannot be stored', { target: { type: 'user', id: 'a\0b' } }],
  ])('with an %s is refused as a mistake of the code', async (_what, entry) => {
    const audit = await AuditHarness.start(open);
    await expect(audit.record(entry)).rejects.toThrow(TypeError);
    expect(await audit.list()).toEqual([]);
  });

  it('is one of fifty at once: each is there once, sealed and verified', async () => {
    const audit = await AuditHarness.start(open);
    const ids = await Promise.all(Array.from({ length: 50 }, () => audit.record()));
    await audit.sealAll();
    expect(new Set((await audit.list()).map(({ id }) => id))).toEqual(new Set(ids));
    expect(await audit.verify()).toMatchObject({ ok: true, checked: 50 });
    const page = await audit.metrics.registry.metrics();
    expect(page).toContain('audit_records_total 50');
    expect(page).toContain('seal_rows_total{chain="audit"} 50');
    expect(page).toContain('seal_lag_seconds{chain="audit"} 0');
    expect(page).toContain('audit_verify_ok 1');
  });

  it('loses its details when its person is erased, and verifies all the same', async () => {
    const audit = await AuditHarness.start(open);
    const about = await audit.record({ reason: '刷榜的证据' });
    const by = await audit.record({
      actor: { kind: 'user', userId, address: '198.51.100.7' },
      target: { type: 'book', id: 'x' },
    });
    const foreign = await audit.record({ target: { type: 'book', id: userId } });
    await audit.sealAll();
    const erased = await audit.db.withTransaction({ name: 'erase' }, (tx) =>
      audit.service.erase(tx, userId, { kind: 'system' }),
    );
    expect(erased).toBe(1);
    const states = Object.fromEntries((await audit.list()).map(({ id, details }) => [id, details]));
    expect([states[about], states[by], states[foreign]]).toEqual(['erased', 'kept', 'kept']);
    const [newest] = await audit.list({ action: 'audit.details-erased' });
    expect(newest).toMatchObject({ target: { type: 'user', id: userId }, detail: { records: 1 } });
    await audit.sealAll();
    expect(await audit.verify()).toMatchObject({ ok: true, checked: 4, erased: 1 });
    expect(await detailsAsText(audit.db)).not.toContain('刷榜的证据');
  });

  it('of which the details were changed is named by the verification', async () => {
    const audit = await AuditHarness.start(open);
    const id = await audit.record();
    await audit.sealAll();
    await changeReason(audit.db, id, 'another reason');
    expect((await audit.verify()).findings).toEqual([{ kind: 'details-changed', id }]);
    expect(await audit.metrics.registry.metrics()).toContain('audit_verify_ok 0');
  });

  it('is found by action, actor, target and time, newest first, page by page', async () => {
    const audit = await AuditHarness.start(open);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      audit.clock.advance(n % 2 === 0 ? 1_000 : 0);
      ids.unshift(await audit.record({ target: { type: 'book', id: `b${n}` } }));
    }
    const mine = await audit.record({ actor: { kind: 'user', userId }, action: 'book.deleted' });
    const idsOf = async (filter: object) => (await audit.list(filter)).map(({ id }) => id);
    expect(await idsOf({})).toEqual([mine, ...ids]);
    expect(await idsOf({ action: 'book.deleted' })).toEqual([mine]);
    expect(await idsOf({ actorId: userId })).toEqual([mine]);
    expect(await idsOf({ targetType: 'book', targetId: 'b2' })).toEqual([ids[2]]);
    const to = audit.clock.now();
    const from = new Date(to.getTime() - 1_000);
    expect(await idsOf({ from, to })).toEqual([ids[1], ids[2]]);
    const seen: string[] = [];
    for (let after: { recordedAt: Date; id: string } | undefined; ; ) {
      const page = await audit.service.list({}, { limit: 2, after });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1);
    }
    expect(seen).toEqual([mine, ...ids]);
  });
});
