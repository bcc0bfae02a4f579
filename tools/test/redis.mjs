// A throw-away Redis on a free loopback port: found on this machine, or installed by apt where that is possible.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { aptInstall, canAptInstall } from './apt.mjs';
import { freePort } from './network.mjs';

const run = promisify(execFile);
const startAttempts = 3;
const startTimeoutMs = 30_000;
const stopTimeoutMs = 15_000;

export const redis = { name: 'redis', title: 'Redis', env: 'QINGYU_TEST_REDIS_URL', start: startRedis };

/**
 * Starts a server without persistence and without a password. Its folder and the server itself go when
 * `stop` is called, and also when this process dies in any other way.
 * @returns {Promise<{ url: string, version: string, stop(): Promise<void> }>}
 */
export async function startRedis({ say = () => {} } = {}) {
  const binary = await provide(say);
  const { stdout: version } = await run(binary, ['--version']);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const kept = await keepRedis({ port });
    try {
      await kept.launch();
      return { url: `redis://127.0.0.1:${port}`, version: version.trim(), stop: kept.stop };
    } catch (error) {
      await kept.stop();
      // Another process may have taken the port in between.
      if (attempt === startAttempts) throw error;
    }
  }
}

async function provide(say) {
  const found = findRedis();
  if (found) return found;
  const refusal = canAptInstall();
  if (refusal) throw new Error(`no redis-server was found, and ${refusal}`);
  say('Redis is missing: installing Debian’s package, without starting its service');
  await aptInstall('redis-server', say);
  const installed = findRedis();
  if (!installed) throw new Error('apt installed redis-server, yet the program is not there');
  return installed;
}

/** The path of the server's program, or undefined. */
export function findRedis() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, 'redis-server')).find((path) => existsSync(path));
}

// The shell launches the server for each line that it reads. As soon as its input ends it kills the server,
// also one that is stopped, and removes the folder, so a killed test run leaves nothing behind.
const keeper = `
folder=$1; shift
exec 3<&0 </dev/null 2>&1
while read -r line <&3; do
  {
    sh -c 'echo $$ >"$0/pid"; echo "pid $$"; exec "$@"' "$folder" "$@" 3<&-
    status=$?; rm -f "$folder/pid"; echo "ended with $status"
  } &
done
[ -f "$folder/pid" ] && kill -KILL "$(cat "$folder/pid")"
wait
rm -rf "$folder"`;

/**
 * A server that may be launched again and again on the same port, in the same folder. `args` are further
 * arguments of redis-server.
 * @param {{ port: number, args?: string[] }} options
 */
export async function keepRedis({ port, args = [] }) {
  const binary = findRedis();
  if (!binary) throw new Error('there is no redis-server on this machine');
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-redis-'));
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''];
  const child = spawn('sh', ['-c', keeper, 'keeper', folder, binary, ...options, ...args], {
    // Ctrl-C must not reach the server before the tests.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  child.stdout.setEncoding('utf8');
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.stdin.end();
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), stopTimeoutMs);
    await exited;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  let ended = Promise.resolve();
  const launch = ({ untilReady = true } = {}) => {
    const launched = comesUp(child, untilReady);
    ended = says(child, /^ended with \d+$/m);
    child.stdin.write('launch\n');
    return launched;
  };
  return { folder, launch, ended: () => ended, stop };
}

function says(child, pattern) {
  return new Promise((resolve) => {
    let log = '';
    const look = (text) => {
      log = (log + text).slice(-4_000);
      if (!pattern.test(log)) return;
      child.stdout.off('data', look);
      resolve();
    };
    child.stdout.on('data', look);
  });
}

/** @returns {Promise<number>} the server's process id */
function comesUp(child, untilReady) {
  return new Promise((resolve, reject) => {
    let log = '';
    const settle = (finish) => {
      clearTimeout(timer);
      child.stdout.off('data', look);
      finish();
    };
    const fail = (why) => settle(() => reject(new Error(`Redis ${why}: ${log.trim().slice(-1_000)}`)));
    const timer = setTimeout(() => fail('did not become ready in time'), startTimeoutMs);
    const look = (text) => {
      log += text;
      const pid = /^pid (\d+)$/m.exec(log)?.[1];
      const ended = /^ended with \d+$/m.exec(log)?.[0];
      if (ended) fail(ended);
      else if (pid && (!untilReady || log.includes('Ready to accept connections'))) {
        settle(() => resolve(Number(pid)));
      }
    };
    child.stdout.on('data', look);
  });
}
