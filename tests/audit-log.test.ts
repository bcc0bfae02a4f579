import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runLine } from '../src/cli/tests/fixture.js';
import { changeTarget } from '../src/modules/admin/tests/tamper.repository.js';
import { Database } from '../src/platform/database/index.js';
import { startTestApp, type TestApp } from '../src/testing/test-app.js';

describe('the audit log of an installation', () => {
  let installation: TestApp;
  let token: string;

  beforeAll(async () => {
    installation = await startTestApp();
    token = (await installation.api.login('admin', installation.passwordOf('admin'))).accessToken;
  });
  afterAll(() => installation.close());

  const records = async (query = '') =>
    (await installation.api.get(`/admin/audit-logs${query}`, { token })).body.items;
  const qingyu = (...argv: string[]) => runLine(argv, installation.app.commands);

  it('begins with the accounts of the first start', async () => {
    const items = await records('?action=auth.account-created');
    expect(items.map(({ after }: { after: { username: string } }) => after.username).sort()).toEqual([
      'admin',
      'demo_author',
      'demo_reader',
    ]);
    for (const item of items) expect(item).toMatchObject({ actor: { kind: 'system' }, details: 'kept' });
  });

  it('tells of an admin who was created at the command line, without the password', async () => {
    const { stdout } = await qingyu('create-admin', '--username', 'second_admin', '--json');
    const { userId, generatedPassword } = JSON.parse(stdout);
    const [record] = await records(`?targetId=${userId}`);
    expect(record).toMatchObject({
      action: 'auth.account-created',
      actor: { kind: 'command' },
      after: { username: 'second_admin', roles: ['admin', 'reader'] },
    });
    expect(JSON.stringify(record)).not.toContain(generatedPassword);
  });

  it('is sealed within 5 s by itself, and `qingyu verify` says that it is intact', async () => {
    await vi.waitFor(
      async () => {
        const { body } = await installation.api.get('/admin/audit-logs/verify', { token });
        expect(body).toMatchObject({ ok: true, unsealed: 0 });
        expect(body.checked).toBeGreaterThanOrEqual(3);
      },
      { timeout: 5_000, interval: 100 },
    );
    const { exitCode, stdout, stderr } = await qingyu('verify');
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('intact') });
    expect(stderr).toContain('100 %');
    const { head } = JSON.parse((await qingyu('verify', '--json')).stdout);
    expect((await qingyu('verify', '--expect-head', head.hash)).exitCode).toBe(0);
    const cut = await qingyu('verify', '--expect-head', 'ab'.repeat(32));
    expect(cut).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('cut off') });
    expect((await qingyu('verify', '--expect-head', 'x')).exitCode).toBe(2);
  });

  it('that was tampered with makes `qingyu verify` fail and name the record', async () => {
    const database = installation.app.platform.given.find(({ port }) => port === Database)
      ?.implementation as Database;
    const [oldest] = (await records()).slice(-1);
    await changeTarget(database, oldest.id);
    const plain = await qingyu('verify');
    expect(plain).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining(`record ${oldest.id} was changed`),
    });
    const json = await qingyu('verify', '--json');
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      findings: [{ kind: 'row-changed', id: oldest.id }],
    });
  });
});
