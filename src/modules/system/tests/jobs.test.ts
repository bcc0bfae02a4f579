import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../../testing/test-app.js';

const sweep = 'quota-reservation-sweep';
const path = `/admin/system/jobs/${sweep}/run`;

describe('the jobs, over HTTP', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await startTestApp({ set: { 'quota.reservation.sweepIntervalSeconds': 3600 } });
    token = (await app.api.login('admin', app.passwordOf('admin'))).accessToken;
  });
  afterAll(() => app.close());

  const find = async () => {
    const { body } = await app.api.get('/admin/system/jobs', { token });
    return body.items.find(({ name }: { name: string }) => name === sweep);
  };
  const endedLines = () => app.logLines().filter(({ msg, job }) => msg === 'job ended' && job === sweep);

  test('are listed with schedule, next run and how the last one ended', async () => {
    await expect.poll(find, { timeout: 20_000 }).toMatchObject({
      name: sweep,
      summary: 'Writes down the ends of token reservations that nobody settled',
      schedule: 'every 3600 s',
      known: true,
      requestedAt: null,
      running: null,
      failuresInRow: 0,
      lastRun: { outcome: 'succeeded', error: null },
    });
    const { nextRunAt, lastRun } = await find();
    const waitMs = Date.parse(nextRunAt) - Date.parse(lastRun.startedAt);
    expect(waitMs).toBeGreaterThan(3_590_000);
    expect(waitMs).toBeLessThanOrEqual(3_600_000);
  });

  test('run when an admin asks for it, at once and outside of the trace of that request', async () => {
    const before = endedLines().length;
    const { nextRunAt } = await find();
    const answer = await app.api.post(path, { token });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ name: sweep, requestedAt: expect.any(String) });
    await expect.poll(() => endedLines().length, { timeout: 20_000 }).toBe(before + 1);
    const line = endedLines().at(-1);
    expect(line).toMatchObject({ outcome: 'succeeded', job: sweep, traceId: expect.any(String) });
    expect(line?.requestId).toBeUndefined();
    expect((await find()).nextRunAt).toBe(nextRunAt);
    const page = (await app.api.get('//metrics')).body as string;
    expect(page).toMatch(new RegExp(`job_runs_total\\{job="${sweep}",outcome="succeeded"\\} [1-9]`));
    expect(page).toContain(`job_last_success_timestamp_seconds{job="${sweep}"}`);
  });

  test('leave an audit record for each request to run, and none for one that came to nothing', async () => {
    const records = async () =>
      (await app.api.get('/admin/audit-logs?action=system.job-run-requested', { token })).body.items;
    const before = (await records()).length;
    await app.api.post(path, { token });
    await app.api.post('/admin/system/jobs/made-up/run', { token });
    const after = await records();
    expect(after).toHaveLength(before + 1);
    expect(after[0]).toMatchObject({
      actor: { kind: 'user', userId: expect.any(String), address: '127.0.0.1' },
      target: { type: 'job', id: sweep },
      requestId: expect.any(String),
    });
  });

  test('that do not exist answer 404, and impossible names 400', async () => {
    const missing = await app.api.post('/admin/system/jobs/made-up/run', { token });
    expect([missing.status, missing.body.code]).toEqual([404, 'not-found']);
    const impossible = await app.api.post('/admin/system/jobs/Made%20Up/run', { token });
    expect([impossible.status, impossible.body.code]).toEqual([400, 'invalid-input']);
  });

  test('are not for readers', async () => {
    const account = { username: 'a_reader', password: 'a-Long-passw0rd' };
    await app.api.post('/auth/register', { body: account });
    const reader = (await app.api.login(account.username, account.password)).accessToken;
    const [list, run] = [
      await app.api.get('/admin/system/jobs', { token: reader }),
      await app.api.post(path, { token: reader }),
    ];
    expect([list.status, run.status, run.body.code]).toEqual([403, 403, 'permission-denied']);
  });
});
