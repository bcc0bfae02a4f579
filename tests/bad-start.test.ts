import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modules } from '../src/modules.js';
import { type Migration, tables } from '../src/platform/database/index.js';
import { startService } from '../src/testing/databases.js';
import { prepareData } from '../src/testing/prepared-data.js';
import { ServerProcess, type ServerProcessOptions } from '../src/testing/server-process.js';

describe('a start that cannot succeed says why in one message, ends with 1 and loses nothing:', () => {
  const prepared = prepareData();
  let folder: string;
  const data = () => join(folder, 'data');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingyu-bad-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function failure(options: Partial<ServerProcessOptions> = {}): Promise<string> {
    const server = new ServerProcess({ dataDir: data(), ...options });
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(server.stderr.match(/qingyu cannot start/g)).toHaveLength(1);
    expect(server.stderr).not.toMatch(/^\s+at /m);
    return server.stderr;
  }

  async function stillOpens(): Promise<void> {
    const server = await ServerProcess.start({ dataDir: data() });
    const answer = await fetch(`${server.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: 'admin', password: prepared.firstPassword('admin') }),
    });
    expect(answer.status).toBe(200);
    await server.end();
  }

  it('a broken configuration names every key, what was expected and where it stands, never the value', async () => {
    const file = join(folder, 'broken.yaml');
    await writeFile(file, 'server:\n  port: "hunter2-port"\n  prot: 80\nauth:\n  adminPassword: [1]\n');
    const message = await failure({ args: ['--config', file], env: { QINGYU_LOGGER__LEVEL: 'loud' } });
    for (const part of ['server.port', 'server.prot', 'logger.level', 'QINGYU_LOGGER__LEVEL']) {
      expect(message).toContain(part);
    }
    expect(message).not.toContain('hunter2');
    expect(message).not.toContain('loud"');
  });

  it('an occupied port is named with the way to choose another', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const message = await failure({ args: ['--port', String(port)] });
    expect(message).toContain(`Port ${port} of 127.0.0.1 is taken`);
    expect(message).toContain('--port');
    other.close();
  });

  it('a data folder that cannot be written is named', async () => {
    await writeFile(data(), 'a file where the folder should be');
    expect(await failure()).toContain(data());
  });

  it('a second server on the same data folder is refused, and the first one goes on', async () => {
    await prepared.copyTo(data());
    const first = await ServerProcess.start({ dataDir: data() });
    expect(await failure()).toContain(String(first.child.pid));
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    expect((await first.end()).code).toBe(0);
  });

  it('a schema that is too new for this release is left alone', async () => {
    await prepared.copyTo(data());
    await change(`insert into schema_migrations (id, checksum, min_code, applied_at, duration_ms)
      values ('9000-from-the-future', 'x', 9000, '2026-01-01', 1)`);
    expect(await failure()).toContain('9000-from-the-future');
    await change(`delete from schema_migrations where id = '9000-from-the-future'`);
    await stillOpens();
  });

  it('a migration that was changed after it was applied is named', async () => {
    await prepared.copyTo(data());
    await change(
      `update schema_migrations set checksum = 'changed:' || checksum where id = '0010-auth-users'`,
    );
    expect(await failure()).toContain('0010-auth-users');
    await change(`update schema_migrations set checksum = substr(checksum, 9) where id = '0010-auth-users'`);
    await stillOpens();
  });

  it('a step that finds half of itself already there is rolled back as a whole, and named', async () => {
    await prepared.copyTo(data());
    const { id, checksum } = await newestStep();
    await change(`delete from schema_migrations where id = '${id}'`);
    const message = await failure();
    expect(message).toContain(id);
    expect(message).toContain('Nothing of this step was kept');
    await change(`insert into schema_migrations (id, checksum, applied_at, duration_ms)
      values ('${id}', '${checksum}', '2026-01-01', 1)`);
    await stillOpens();
  });

  it('a database that is not there is named without its password', async () => {
    const env = { DATABASE_URL: 'postgres://qingyu:hunter2@127.0.0.1:1/none' };
    const message = await failure({ env });
    expect(message).toContain('database');
    expect(message).not.toContain('hunter2');
  });

  async function change(statement: string): Promise<void> {
    const service = await startService({ dataDir: join(data(), 'database') });
    await sql.raw(statement).execute(tables(service.database));
    await service.close();
  }
});

async function newestStep(): Promise<{ id: string; checksum: string }> {
  const steps = modules.flatMap((module): readonly Migration[] => module.migrations ?? []);
  const newest = steps.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
  if (!newest) throw new Error('no module has a migration');
  return { id: newest.id, checksum: createHash('sha256').update(newest.up).digest('hex') };
}
