'use strict';
// Two starts at once on a fresh clone: one installs and builds, the other waits for it.

const { linkSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');

const pollMs = 100;
const waitMsMax = 15 * 60_000;

/** Runs `work` while no other process does so for this folder; a dead holder's lock is taken over. */
async function withSetupLock(root, work, { say = console.error } = {}) {
  const lock = join(root, '.setup.lock');
  const giveUpAt = performance.now() + waitMsMax;
  for (let told = false; !tryAcquire(lock); ) {
    if (performance.now() > giveUpAt)
      throw new Error(`${lock} is still held; remove it if nothing is building here`);
    const holder = readHolder(lock);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      takeAway(lock, holder);
      continue;
    }
    if (!told) say(`Process ${holder} is installing or building here; waiting for it`);
    told = true;
    await delay(pollMs);
  }
  // process.exit() in a signal handler skips `finally`.
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/** A link appears with its content in one step, so nobody reads a lock without a holder. */
function tryAcquire(lock) {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function readHolder(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Of several that see a dead holder one moves its lock away; whoever moved a living one puts it back. */
function takeAway(lock, deadHolder) {
  const aside = `${lock}.dead.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (readHolder(aside) !== deadHolder) linkSync(aside, lock);
  rmSync(aside, { force: true });
}

module.exports = { withSetupLock };
