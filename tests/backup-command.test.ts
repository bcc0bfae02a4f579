import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresDatabase, describePostgres } from '../src/testing/databases.js';
import { prepareData } from '../src/testing/prepared-data.js';
import { newKey } from '../src/testing/secrets.js';
import { ServerProcess } from '../src/testing/server-process.js';
import { shortLivedNode } from '../src/testing/short-lived-node.js';

const bin = fileURLToPath(new URL('../bin/qingyu.mjs', import.meta.url));

/** For what starts a dozen processes, one after the other. */
const timeoutMs = 180_000;

const prepared = prepareData();
let folder: string;
let servers: ServerProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qingyu-backup-cli-'));
  servers = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.end('SIGKILL')));
  await rm(folder, { recursive: true, force: true });
});

/** Runs `qingyu` in the test's folder. */
function qingyu(args: readonly string[], env: Record<string, string> = {}) {
  const { PATH } = process.env;
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [...shortLivedNode, bin, ...args],
      { cwd: folder, env: { PATH, ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

async function start(dataDir: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await ServerProcess.start({ dataDir, env });
  servers.push(server);
  return server;
}

function signIn({ url }: ServerProcess, login: string, password: string): Promise<Response> {
  return fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login, password }),
  });
}

async function signsIn(server: ServerProcess, login: string, password: string): Promise<boolean> {
  return (await signIn(server, login, password)).status === 200;
}

/** The actions of the audit log, newest first. */
async function auditedActions(server: ServerProcess, adminPassword: string): Promise<string[]> {
  const { accessToken } = (await (await signIn(server, 'admin', adminPassword)).json()) as {
    accessToken: string;
  };
  const answer = await fetch(`${server.url}/api/v1/admin/audit-logs`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const { items } = (await answer.json()) as { items: { action: string }[] };
  return items.map(({ action }) => action);
}

describe('qingyu backup and restore, on the embedded database,', () => {
  const first = () => join(folder, 'first');
  const second = () => join(folder, 'second');

  it('work through a running server, with a path from where it was typed, into a new data folder; both stand in the audit log, which moves along and still verifies', {
    timeout: timeoutMs,
  }, async () => {
    await prepared.copyTo(first());
    const password = prepared.firstPassword('admin');
    const server = await start(first());
    const written = await qingyu(['backup', 'today.backup', '--data', first(), '--json']);
    expect(written).toMatchObject({ code: 0, stderr: expect.stringContaining('100 %') });
    const { path, secretKeys } = JSON.parse(written.stdout);
    expect(path).toBe(join(folder, 'today.backup'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const again = await qingyu(['backup', 'today.backup', '--data', first()]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });
    const replaced = await qingyu(['backup', 'today.backup', '--force', '--data', first(), '--json']);
    const { rows } = JSON.parse(replaced.stdout);
    expect(rows).toBeGreaterThan(20);
    expect((await auditedActions(server, password))[0]).toBe('system.backup-begun');

    const busy = await qingyu(['restore', 'today.backup', '--data', first()]);
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringMatching(/here there are \d+ accounts/) });

    const keyless = await qingyu(['restore', 'today.backup', '--data', second()]);
    expect(keyless).toMatchObject({ code: 1, stderr: expect.stringContaining(secretKeys[0]) });
    await copyFile(join(first(), 'secrets.key'), join(second(), 'secrets.key'));
    const restored = await qingyu(['restore', 'today.backup', '--data', second()]);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining(`Restored ${rows} rows`) });
    const moved = await start(second());
    expect(moved.stderr).not.toContain('First accounts');
    expect(await signsIn(moved, 'admin', password)).toBe(true);
    const [newest, before] = await auditedActions(moved, password);
    expect([newest, before]).toEqual(['system.restored', 'system.backup-begun']);
    expect((await qingyu(['verify', '--data', second()])).code).toBe(0);
  });

  it('are listed, and say what is missing', async () => {
    const { stdout } = await qingyu(['--help', '--data', first()]);
    for (const name of ['backup', 'restore', 'rotate-secrets'])
      expect(stdout).toMatch(new RegExp(`^ +${name} `, 'm'));
    expect(await qingyu(['backup', '--data', first()])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("missing required argument 'file'"),
    });
    const none = await qingyu(['restore', 'none.backup', '--data', first()]);
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no such file or folder, ENOENT'),
    });
  });
});

describe('secrets.key', () => {
  it('is rotated on a running embedded installation, and everybody stays signed in', async () => {
    const data = join(folder, 'data');
    await prepared.copyTo(data);
    const password = prepared.firstPassword('admin');
    const key = newKey();
    const settings = { QINGYU_SECRETS__KEY: key };
    const server = await start(data, settings);
    const rotated = await qingyu(['rotate-secrets', '--data', data, '--json'], settings);
    expect(rotated.code).toBe(0);
    const { left, holders } = JSON.parse(rotated.stdout);
    expect(left).toBe(0);
    expect(holders).toContainEqual({ name: 'signing-keys', resealed: 2, left: [] });
    expect(await signsIn(server, 'admin', password)).toBe(true);
    await server.end();
    await rm(join(data, 'secrets.key'));
    expect(await signsIn(await start(data, settings), 'admin', password)).toBe(true);
  });

  it('that is lost stops the start with the ids of the keys and what to do, and changes nothing', async () => {
    const data = join(folder, 'data');
    await prepared.copyTo(data);
    const kept = await readFile(join(data, 'secrets.key'));
    await rm(join(data, 'secrets.key'));
    const failed = new ServerProcess({ dataDir: data });
    expect((await failed.exited).code).toBe(1);
    expect(failed.stderr).toMatch(/encrypted with the key [0-9a-f]{16}, but at hand is [0-9a-f]{16}/);
    expect(failed.stderr).toContain('restore the file secrets.key');
    expect(failed.stderr).not.toContain(kept.toString().trim());
    await writeFile(join(data, 'secrets.key'), kept);
    expect(await signsIn(await start(data), 'admin', prepared.firstPassword('admin'))).toBe(true);
  });
});

describePostgres('qingyu beside a PostgreSQL server', () => {
  it('backs up while a server runs and restores into another database, each with its key', async () => {
    const [from, to] = await Promise.all([createPostgresDatabase(), createPostgresDatabase()]);
    const data = join(folder, 'data');
    const key = newKey();
    const source = { DATABASE_URL: from.url, QINGYU_SECRETS__KEY: key, NODE_ENV: 'production' };
    const server = await start(data, source);
    const password = server.firstPassword('admin');
    expect((await qingyu(['backup', 'a.backup', '--data', data], source)).code).toBe(0);
    const target = { DATABASE_URL: to.url, QINGYU_SECRETS__KEY: newKey() };
    const restore = ['restore', 'a.backup', '--data', join(folder, 'other')];
    expect(await qingyu(restore, target)).toMatchObject({ code: 1, stdout: '' });
    const rotating = { ...target, QINGYU_SECRETS__PREVIOUS_KEYS: JSON.stringify([key]) };
    expect(await qingyu(restore, rotating)).toMatchObject({ code: 0 });
    expect(await qingyu(['rotate-secrets', '--data', join(folder, 'other')], rotating)).toMatchObject({
      code: 0,
    });
    expect(await signsIn(await start(join(folder, 'other'), target), 'admin', password)).toBe(true);
    await Promise.all(servers.map((each) => each.end()));
    await Promise.all([from.drop(), to.drop()]);
  });

  it('does not start in production without a key, says how to make one, and warns elsewhere', async () => {
    const { url, drop } = await createPostgresDatabase();
    const refused = new ServerProcess({
      dataDir: join(folder, 'data'),
      env: { DATABASE_URL: url, NODE_ENV: 'production' },
    });
    expect((await refused.exited).code).toBe(1);
    expect(refused.stderr).toMatch(/secrets\.key is not set.*openssl rand -base64 32/);
    const server = await start(join(folder, 'data'), { DATABASE_URL: url });
    expect(server.stdout).toContain('lie in the database in the clear');
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, ((await ready.json()) as { status: string }).status]).toEqual([200, 'degraded']);
    await server.end();
    await drop();
  });
});
