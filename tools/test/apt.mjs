// Debian and Ubuntu packages, where this process may install them.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';

const clusterSettings = '/etc/postgresql-common/createcluster.conf';

/** Why nothing can be installed here, or undefined when it can. */
export function canAptInstall() {
  if (process.getuid?.() !== 0) return 'installing needs root';
  if (!existsSync('/usr/bin/apt-get')) return 'there is no apt-get';
  return undefined;
}

let updated = false;

export async function aptInstall(name, say) {
  if (!existsSync(clusterSettings)) {
    await mkdir('/etc/postgresql-common', { recursive: true });
    // Debian would otherwise create and start a server on port 5432.
    await writeFile(clusterSettings, 'create_main_cluster = false\n');
  }
  if (!updated) await apt(['update'], say);
  updated = true;
  await apt(['install', '-y', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold', name], say);
}

function apt(args, say) {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', ['-q', ...args], {
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
