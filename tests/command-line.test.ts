import { execFile } from 'node:child_process';
import { access, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareData } from '../src/testing/prepared-data.js';
import { ServerProcess } from '../src/testing/server-process.js';
import { shortLivedNode } from '../src/testing/short-lived-node.js';

/** What a command prints at most: the API document has some megabytes. */
const documentBytesMax = 64 * 1024 * 1024;

const bin = fileURLToPath(new URL('../bin/qingyu.mjs', import.meta.url));
const novel = ['第一章 雨夜', '　　雨下了一夜。', '第二章 天明', '　　天亮的时候，雨停了。', ''].join('\n');

describe('qingyu, the command line,', () => {
  const prepared = prepareData();
  let folder: string;
  let server: ServerProcess | undefined;
  const data = () => join(folder, 'data');
  const controlFile = () => join(data(), 'control.json');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingyu-cli-'));
    await writeFile(join(folder, 'novel.txt'), novel);
  });
  afterEach(async () => {
    await server?.end('SIGKILL');
    server = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs `qingyu` in a process and a folder of its own, on the test's data. */
  function qingyu(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const { PATH } = process.env;
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [...shortLivedNode, bin, '--data', data(), ...args],
        { cwd: folder, env: { PATH }, maxBuffer: documentBytesMax },
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  const startServer = async () => {
    await prepared.copyTo(data());
    server = await ServerProcess.start({ dataDir: data() });
    return server;
  };

  it('works on the data of a running server through that server, with progress on stderr', async () => {
    await startServer();
    expect((await stat(controlFile())).mode & 0o777).toBe(0o600);
    const imported = await qingyu('import-book', 'novel.txt', '--title', '雨', '--json');
    expect(imported).toMatchObject({ code: 0, stderr: expect.stringContaining('100 %') });
    expect(JSON.parse(imported.stdout)).toMatchObject({ title: '雨', chapters: 2 });
    const refused = await qingyu('create-admin', '--username', 'admin');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('admin');
  });

  it('opens the data itself when no server runs, and finds what the server kept', async () => {
    const running = await startServer();
    const first = await qingyu('import-book', 'novel.txt', '--title', '雨', '--json');
    expect((await running.end()).code).toBe(0);
    await expect(access(controlFile())).rejects.toThrow('ENOENT');
    const second = await qingyu('import-book', 'novel.txt', '--title', '雨', '--json');
    expect(second).toMatchObject({ code: 0 });
    expect(JSON.parse(second.stdout).bookId).toBe(JSON.parse(first.stdout).bookId);
  });

  it('is not held up by the control file of a server that was killed', async () => {
    const running = await startServer();
    await running.end('SIGKILL');
    await access(controlFile());
    const { code, stdout } = await qingyu('migrate');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'The schema is up to date.\n' });
  });

  it('of two at once on a folder without a server one works and the other says who does', async () => {
    await qingyu('migrate');
    const both = await Promise.all([qingyu('seed'), qingyu('seed')]);
    const [refused, worked] = [...both].sort((a, b) => b.code - a.code);
    expect(worked?.code).toBe(0);
    // They may also have come one after the other; what never happens is that both write at once.
    if (refused?.code !== 0) expect(refused?.stderr).toMatch(/is in use by process \d+/);
    expect((await qingyu('seed')).stdout).toBe('Everything is there already.\n');
  });

  it('prints the OpenAPI document as JSON and nothing else on stdout', async () => {
    const { code, stdout } = await qingyu('openapi');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ openapi: '3.1.0' });
  });

  it('tells a wrong call (2) from a failure (1), each with one message and no stack', async () => {
    const wrong = await qingyu('import-bok', 'novel.txt');
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('import-book') });
    const missing = await qingyu('import-book', 'none.txt');
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') });
    const broken = await qingyu('migrate', '--set', 'server.port=hunter2');
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain('server.port: expected an integer');
    for (const { stderr } of [wrong, missing, broken]) {
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stderr).not.toContain('hunter2');
    }
  });

  it('does not fail when the reader of its output leaves early', async () => {
    const { PATH } = process.env;
    const line = `"${process.execPath}" "${bin}" --data "${data()}" openapi | head -c 10; echo " \${PIPESTATUS[0]}"`;
    const stdout = await new Promise<string>((resolve) => {
      execFile('bash', ['-c', line], { env: { PATH } }, (_error, text) => resolve(text));
    });
    expect(stdout).toMatch(/^\{\n.* 0\n$/s);
  });
});
