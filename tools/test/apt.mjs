// Debian and Ubuntu packages, where this process may install them.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';

const clusterSettings = '/etc/postgresql-common/createcluster.conf';
/** Debian asks this program whether a package may start its service; 101 says no. */
const servicePolicy = '/usr/sbin/policy-rc.d';
const refusal = '#!/bin/sh\n# While the tests install an engine.\nexit 101\n';
const lockTimeoutSeconds = 120;

/** Why nothing can be installed here, or undefined when it can. */
export function canAptInstall() {
  if (process.getuid?.() !== 0) return 'installing needs root';
  if (!existsSync('/usr/bin/apt-get')) return 'there is no apt-get';
  return undefined;
}

let updated = false;
let installing = Promise.resolve();

/** Installs a package without starting any service. One after the other, since apt takes a lock. */
export function aptInstall(name, say) {
  const installed = installing.then(() => install(name, say));
  installing = installed.catch(() => {});
  return installed;
}

async function install(name, say) {
  if (!existsSync(clusterSettings)) {
    await mkdir('/etc/postgresql-common', { recursive: true });
    // Debian would otherwise create and start a server on port 5432.
    await writeFile(clusterSettings, 'create_main_cluster = false\n');
  }
  await withoutServices(servicePolicy, async () => {
    if (!updated) await apt(['update'], say);
    updated = true;
    await apt(
      ['install', '-y', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold', name],
      say,
    );
  });
}

/** Runs `work` while no package may start a service. A policy of the machine's own stays as it is. */
export async function withoutServices(policy, work) {
  const present = await readFile(policy, 'utf8').catch(() => undefined);
  if (present === undefined) await writeFile(policy, refusal, { mode: 0o755 });
  try {
    return await work();
  } finally {
    // Also one that a killed run has left.
    if (present === undefined || present === refusal) await rm(policy, { force: true });
  }
}

function apt(args, say) {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', ['-q', '-o', `DPkg::Lock::Timeout=${lockTimeoutSeconds}`, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    let log = '';
    const collect = (text) => {
      log = (log + text).slice(-4_000);
      for (const line of String(text).split('\n')) if (/^(Setting up|Unpacking|E:)/.test(line)) say(line);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`apt-get ${args.join(' ')} ended with ${code}: ${log}`)),
    );
  });
}
