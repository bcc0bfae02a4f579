// A throw-away PostgreSQL on a free loopback port: found on this machine, or installed by apt where that is possible.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { aptInstall, canAptInstall } from './apt.mjs';
import { freePort } from './network.mjs';

const run = promisify(execFile);
const binaries = ['initdb', 'postgres'];
const startAttempts = 3;
const startTimeoutMs = 30_000;
const stopTimeoutMs = 15_000;

export const postgres = {
  name: 'postgres',
  title: 'PostgreSQL',
  env: 'QINGYU_TEST_POSTGRES_URL',
  start: startPostgres,
};

/**
 * Starts a server with trust authentication and without fsync. Its folder and the server itself go
 * when `stop` is called, and also when this process dies in any other way.
 * @returns {Promise<{ url: string, version: string, stop(): Promise<void> }>}
 */
export async function startPostgres({ say = () => {} } = {}) {
  const bin = await provide(say);
  const account = process.getuid?.() === 0 ? await accountOf('postgres') : undefined;
  const { stdout: version } = await run(join(bin, 'postgres'), ['--version']);
  for (let attempt = 1; ; attempt++) {
    const folder = await makeFolder(account);
    const port = await freePort();
    try {
      const stop = await launch({ bin, folder, port, account });
      return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, version: version.trim(), stop };
    } catch (error) {
      // Another process may have taken the port in between.
      if (attempt === startAttempts) throw error;
    }
  }
}

async function provide(say) {
  const found = await findBinaries();
  if (found) return found;
  const refusal = canAptInstall();
  if (refusal) throw new Error(`no PostgreSQL with ${binaries.join(' and ')} was found, and ${refusal}`);
  say('PostgreSQL is missing: installing Debian’s package, without a cluster of its own');
  await aptInstall('postgresql', say);
  const installed = await findBinaries();
  if (!installed) throw new Error('apt installed postgresql, yet its server binaries are not there');
  return installed;
}

/** The folder of a complete server, or undefined. The newest packaged one comes first. */
export async function findBinaries() {
  const packaged = '/usr/lib/postgresql';
  const versions = existsSync(packaged) ? await readdir(packaged) : [];
  const folders = [
    ...versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(packaged, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.find((folder) => binaries.every((name) => existsSync(join(folder, name))));
}

async function accountOf(name) {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)),
  );
  return { name, uid, gid };
}

/** PostgreSQL refuses root, so there the folder belongs to another account, which has to reach it. */
async function makeFolder(account) {
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    const folder = await mkdtemp(join(parent, 'qingyu-postgres-'));
    if (!account) return folder;
    await chown(folder, account.uid, account.gid);
    const [file, ...args] = asCommand(account, 'test', ['-w', folder]);
    const reachable = await run(file, args, { cwd: '/' }).then(
      () => true,
      () => false,
    );
    if (reachable) return folder;
    await rm(folder, { recursive: true });
  }
  throw new Error(`no temporary folder that the account ${account.name} can reach`);
}

function asCommand(account, command, args) {
  return account ? ['runuser', '-u', account.name, '--', command, ...args] : [command, ...args];
}

// The shell stops the server and removes its folder as soon as its input ends, so a killed test run
// leaves nothing behind. It repeats the signal, since a server that is just starting ignores it.
const keeper = `
exec 3<&0 </dev/null
"$1/initdb" -D "$2/data" -U postgres -E UTF8 --locale=C.UTF-8 --auth=trust --no-sync --no-instructions >&2 ||
  { rm -rf "$2"; exit 1; }
"$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c max_connections=200 \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=2GB 3<&- &
server=$!
{ cat <&3 >/dev/null; while kill -INT $server 2>/dev/null; do sleep 0.2; done; } &
wait $server
status=$?
rm -rf "$2"
exit $status`;

async function launch({ bin, folder, port, account }) {
  const [file, ...args] = asCommand(account, 'sh', ['-c', keeper, 'keeper', bin, folder, String(port)]);
  const child = spawn(file, args, {
    cwd: '/',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    // Ctrl-C must not reach the server before the tests.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.on('error', () => {});
  const stop = async () => {
    child.stdin.end();
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), stopTimeoutMs);
    await exited;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await becomesReady(child, exited);
  } catch (error) {
    child.stdin.end();
    await exited;
    throw error;
  }
  return stop;
}

function becomesReady(child, exited) {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (why) => reject(new Error(`PostgreSQL ${why}: ${log.trim().slice(-1_000)}`));
    const timer = setTimeout(() => fail('did not become ready in time'), startTimeoutMs);
    child.once('error', (error) => fail(error.message));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-4_000);
      if (log.includes('ready to accept connections')) resolve();
    });
    exited.then((code) => fail(`ended with ${code}`)).finally(() => clearTimeout(timer));
  });
}
