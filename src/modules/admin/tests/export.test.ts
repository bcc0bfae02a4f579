import { get, type IncomingMessage } from 'node:http';
import { expect, it, vi } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { startAdmin } from './admin-harness.js';

type Admin = Awaited<ReturnType<typeof startAdmin>>;

/** The answer of an export, of which nothing is read yet. */
async function openExport(url: string): Promise<IncomingMessage> {
  const headers = { authorization: 'Bearer auditor' };
  return new Promise((resolve, reject) => {
    get(`${url}/api/v1/admin/audit-logs.csv`, { headers, agent: false }, resolve).on('error', reject);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function untilPlaceIsFree(admin: Admin): Promise<void> {
  const path = '/admin/audit-logs.csv?action=none';
  await vi.waitFor(async () => expect((await admin.get(path)).body.code).not.toBe('exports-busy'), {
    timeout: 10_000,
  });
}

/** More than the buffers of two sockets hold. */
const long = { text: 'x'.repeat(8_000), more: 'y'.repeat(8_000) };
const records = 700;

describeEachEngine('the export of the audit log', (open) => {
  it('is CSV as spreadsheets read it: byte order mark, header, one line a record, nothing that runs', async () => {
    const admin = await startAdmin(open);
    const id = await admin.record({
      reason: '=HYPERLINK("http://evil/", "雨,雪")\r\n2',
      after: { a: [1, '"'] },
    });
    const { status, headers, body } = await admin.get('/admin/audit-logs.csv');
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(headers['content-disposition']).toBe('attachment; filename="audit-logs.csv"');
    const line = [
      `${id},${admin.clock.now().toISOString()},auth.user-banned,user,01956e2f-5c00-7000-8000-000000000001`,
      ',203.0.113.9,user,u1,,,kept,',
      `"'=HYPERLINK(""http://evil/"", ""雨,雪"")\r\n2",,"{""a"":[1,""\\""""]}",\r\n`,
    ].join('');
    const header = 'id,at,action,actorKind,actorId,address,targetType,targetId,requestId,traceId,details,';
    expect(body).toBe(`\ufeff${header}reason,before,after,detail\r\n${line}`);
  });

  it('holds every record once, over many pages', async () => {
    const admin = await startAdmin(open);
    await admin.recordMany(1_234);
    const { body } = await admin.get('/admin/audit-logs.csv');
    const ids = body
      .split('\r\n')
      .slice(1, -1)
      .map((line: string) => line.slice(0, 36));
    expect([ids.length, new Set(ids).size]).toEqual([1_234, 1_234]);
    expect(ids).toEqual([...ids].sort().reverse());
  });

  it('reads on only as its reader does, and ends whole', async () => {
    const admin = await startAdmin(open);
    await admin.recordMany(records, { after: long, before: long });
    const pagesRead = async () => {
      const page = await admin.metrics.registry.metrics();
      return Number(
        /service_calls_total\{service="audit",method="list",outcome="ok"\} (\d+)/.exec(page)?.[1] ?? 0,
      );
    };
    const answer = await openExport(await admin.listen());
    await vi.waitFor(async () => expect(await pagesRead()).toBeGreaterThan(0));
    const early = await pagesRead();
    expect(early).toBeLessThan(records / 100);
    const text = await textOf(answer);
    expect(text.split('\r\n')).toHaveLength(records + 2);
    expect(await pagesRead()).toBe(records / 100 + 1);
  });

  it('gives its place back when its reader leaves, and refuses more than may run at once', async () => {
    const admin = await startAdmin(open, { exportsMax: 1 });
    await admin.recordMany(records, { after: long, before: long });
    const url = await admin.listen();
    const answer = await openExport(url);
    const refused = await admin.get('/admin/audit-logs.csv');
    expect(refused).toMatchObject({ status: 503, body: { code: 'exports-busy' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    answer.destroy();
    await untilPlaceIsFree(admin);
  });

  it.each([
    ['it takes longer than it may', { exportSecondsMax: 1 }, async () => {}],
    [
      'the server stops',
      {},
      (admin: Admin) => admin.streams.drain({ deadlineMs: 0, lastEvent: { event: 'stopping', data: {} } }),
    ],
  ])('breaks off, visibly incomplete, when %s', async (_why, config, act) => {
    const admin = await startAdmin(open, { ...config, exportsMax: 1 });
    await admin.recordMany(records, { after: long, before: long });
    const answer = await openExport(await admin.listen());
    await act(admin);
    await untilPlaceIsFree(admin);
    await expect(textOf(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(answer.complete).toBe(false);
  });
});
