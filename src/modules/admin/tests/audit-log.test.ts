import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { auditorId, startAdmin } from './admin-harness.js';
import { changeTarget } from './tamper.repository.js';

const paths = ['/admin/audit-logs', '/admin/audit-logs.csv', '/admin/audit-logs/verify'];

describeEachEngine('the audit log of the staff', (open) => {
  it('is closed to those without the permission', async () => {
    const admin = await startAdmin(open);
    for (const path of paths) {
      expect(await admin.get(path, 'reader')).toMatchObject({
        status: 403,
        body: { code: 'permission-denied' },
      });
      expect((await admin.get(path)).status).toBe(200);
    }
  });

  it('lists page by page, newest first, each record once, and leaves out what there is not', async () => {
    const admin = await startAdmin(open);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift(await admin.record({ target: { type: 'user', id: `u${n}` } }));
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await admin.get(`/admin/audit-logs?limit=2${cursor}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor && `&cursor=${body.nextCursor}`;
    } while (cursor);
    expect(seen).toEqual(ids);
    const { body } = await admin.get('/admin/audit-logs?targetId=u3');
    expect(body.items).toEqual([
      {
        id: ids[1],
        at: admin.clock.now().toISOString(),
        action: 'auth.user-banned',
        actor: { kind: 'user', userId: auditorId, address: '203.0.113.9' },
        target: { type: 'user', id: 'u3' },
        details: 'kept',
        reason: 'none',
      },
    ]);
  });

  it('is filtered by each of its filters, list and export alike', async () => {
    const admin = await startAdmin(open);
    await admin.record();
    admin.clock.advance(60_000);
    const wanted = await admin.record({
      action: 'wallet.adjusted',
      actor: { kind: 'user', userId: '01956e2f-5c00-7000-8000-00000000000f' },
      target: { type: 'wallet', id: 'w 1&' },
    });
    const from = encodeURIComponent(admin.clock.now().toISOString());
    admin.clock.advance(60_000);
    const to = encodeURIComponent(admin.clock.now().toISOString());
    await admin.record();
    const filters = [
      'action=wallet.adjusted',
      'actorId=01956E2F-5C00-7000-8000-00000000000F',
      'targetType=wallet',
      `targetId=${encodeURIComponent('w 1&')}`,
      `from=${from}&to=${to}`,
    ];
    for (const filter of filters) {
      const list = await admin.get(`/admin/audit-logs?${filter}`);
      expect([filter, list.body.items.map(({ id }: { id: string }) => id)]).toEqual([filter, [wanted]]);
      const csv = await admin.get(`/admin/audit-logs.csv?${filter}`);
      expect(csv.body.split('\r\n').slice(1, -1)).toEqual([expect.stringMatching(`^${wanted},`)]);
    }
  });

  it('refuses hostile filters and cursors as input, never as a fault', async () => {
    const admin = await startAdmin(open);
    await admin.record();
    const refused = [
      'actorId=1',
      "actorId=' or 1=1 --",
      'actorId=urn:uuid:01956e2f-5c00-7000-8000-000000000001',
      'from=yesterday',
      'from=2026-13-01T00:00:00Z',
      'to=2016-12-31T23:59:60Z',
      `action=${'a'.repeat(65)}`,
      'action=\0',
      'targetId=a\0b',
      'cursor=x',
      `cursor=${Buffer.from('[1e300,"x"]').toString('base64url')}`,
      `cursor=${Buffer.from(`[-1,"${auditorId}"]`).toString('base64url')}`,
      `cursor=${Buffer.from('{"a":1}').toString('base64url')}`,
      'limit=0',
      'limit=1000',
    ];
    for (const query of refused) {
      expect([query, (await admin.get(`/admin/audit-logs?${encodeURI(query)}`)).status]).toEqual([
        query,
        400,
      ]);
    }
    const harmless = [
      "action='; drop table audit_records; --",
      'targetId=%25',
      'from=0000-01-01T00:00:00Z',
      'to=9999-12-31T23:59:59%2B23:59',
    ];
    for (const query of harmless) {
      expect([query, (await admin.get(`/admin/audit-logs?${query}`)).status]).toEqual([query, 200]);
    }
  });

  it('verifies over HTTP: intact, then the first broken record by its id', async () => {
    const admin = await startAdmin(open);
    expect((await admin.get('/admin/audit-logs/verify')).body).toMatchObject({ ok: true, checked: 0 });
    const ids = [await admin.record(), await admin.record(), await admin.record()];
    await admin.sealAll();
    const intact = await admin.get('/admin/audit-logs/verify');
    expect(intact.body).toEqual({
      ok: true,
      checked: 3,
      unsealed: 0,
      head: { seal: expect.any(Number), hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    await changeTarget(admin.db, ids[1] as string);
    const broken = await admin.get('/admin/audit-logs/verify');
    expect(broken).toMatchObject({
      status: 200,
      body: { ok: false, checked: 3, firstBroken: { kind: 'row-changed', id: ids[1] } },
    });
  });

  it('shows what was erased as erased', async () => {
    const admin = await startAdmin(open);
    await admin.record();
    await admin.db.withTransaction({ name: 'erase' }, (tx) =>
      admin.audit.erase(tx, 'u1', { kind: 'system' }),
    );
    const { body } = await admin.get('/admin/audit-logs?action=auth.user-banned');
    expect(body.items).toMatchObject([{ details: 'erased', actor: { kind: 'user', userId: auditorId } }]);
    expect(JSON.stringify(body)).not.toContain('203.0.113.9');
  });
});
