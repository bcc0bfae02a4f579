'use strict';
// Brings node_modules in line with package-lock.json.

const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { runChild } = require('./children.cjs');

const heartbeatMs = 5_000;

/** Installs what the lock file names unless it is there already. `production` leaves the tools out of the question. */
async function ensureInstalled(folder, { production = false, say = console.error } = {}) {
  const missing = missingPackages(folder, { production });
  if (missing.length === 0) return;
  say(`Installing packages in ${folder} (npm ci), ${missing.length} missing or of another version`);
  const startedAt = process.hrtime.bigint();
  const seconds = () => Math.round(Number(process.hrtime.bigint() - startedAt) / 1e9);
  // On a terminal npm shows its own progress.
  const heartbeat = setInterval(() => {
    if (!process.stderr.isTTY) say(`  still installing, ${seconds()} s`);
  }, heartbeatMs);
  try {
    await npmCi(folder);
  } finally {
    clearInterval(heartbeat);
  }
  say(`Installed in ${seconds()} s`);
}

async function npmCi(folder) {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev'];
  // Under `npm start` this is npm's own script; without a shell between us, signals reach it.
  const npm = process.env.npm_execpath;
  const usable = npm?.endsWith('.js') && existsSync(npm);
  const command = usable ? [process.execPath, [npm, ...args]] : ['npm', args];
  const { code, signal } = await runChild(...command, {
    cwd: folder,
    // npm hands its own settings down; a production setting of the caller must not leave the compiler out.
    env: { ...process.env, NODE_ENV: '' },
    shell: process.platform === 'win32' && !usable,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (code !== 0) {
    throw new Error(`npm ci ended with ${code ?? signal} in ${folder}; its own message is above`);
  }
}

/**
 * Names of the packages that the lock file wants and node_modules lacks. npm writes its own record of
 * what it installed as the last step, so an interrupted installation counts as none.
 */
function missingPackages(folder, { production = false } = {}) {
  const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  const installed = readInstalled(folder);
  return Object.entries(wanted)
    .filter(([path, entry]) => {
      // The root itself; another platform's binary; a tool that is not needed to run.
      if (path === '' || entry.optional || entry.devOptional) return false;
      if (production && entry.dev) return false;
      return installed[path]?.version !== entry.version;
    })
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
}

function readInstalled(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8')).packages;
  } catch {
    return {};
  }
}

module.exports = { ensureInstalled, missingPackages };
