'use strict';
// Installs and builds what is missing, then becomes the server: no process in between, so signals reach it directly.

const { existsSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { stopChildren } = require('./children.cjs');
const { ensureInstalled, missingPackages } = require('./install.cjs');
const { isBuilt, build } = require('./build-state.cjs');
const { withSetupLock } = require('./setup-lock.cjs');

const root = join(__dirname, '..', '..');
const signalNumbers = { SIGINT: 2, SIGTERM: 15 };

async function launch() {
  // libuv reads this once, when its pool is first used; in an ES module that has happened already.
  process.env.UV_THREADPOOL_SIZE ??= String(threadPoolSize(availableParallelism()));
  const phase = { name: 'setup' };
  for (const signal of Object.keys(signalNumbers)) {
    const onSignal = () => interrupted(signal, phase, onSignal);
    process.on(signal, onSignal);
  }
  try {
    await prepare();
  } catch (error) {
    if (phase.name !== 'stopping') fail(error);
    return;
  }
  if (phase.name === 'stopping') return;
  phase.name = 'import';
  await import(pathToFileURL(join(root, 'dist', 'main.js')).href).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

/** Password hashes may take a thread for each core; files and signatures need some beside them. */
function threadPoolSize(cores) {
  return Math.min(128, Math.max(8, 2 * cores));
}

async function prepare() {
  // A production image has the result of the build and no sources.
  if (!existsSync(join(root, 'src'))) return;
  if (isBuilt(root) && missingPackages(root, { production: true }).length === 0) return;
  await withSetupLock(root, async () => {
    const built = isBuilt(root);
    await ensureInstalled(root, { production: built });
    if (!built) await build(root);
  });
}

async function interrupted(signal, phase, onSignal) {
  if (process.listenerCount(signal) > 1) {
    // The server has set its own handlers: from here on they decide.
    process.off(signal, onSignal);
    return;
  }
  if (phase.name === 'stopping') return;
  const inSetup = phase.name === 'setup';
  phase.name = 'stopping';
  await stopChildren();
  // Nothing is lost when the server has not begun; an unfinished installation is not a success.
  process.exit(inSetup ? 128 + signalNumbers[signal] : 0);
}

function fail(error) {
  console.error(`\nQingyu could not start: ${error.message}`);
  process.exit(1);
}

module.exports = { launch };
