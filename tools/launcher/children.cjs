'use strict';
// Child processes that end with us: each leads a process group, so that its own children end too.

const { spawn } = require('node:child_process');

const killAfterMs = 3_000;
const running = new Set();

/**
 * Runs a command to its end with its output visible. Rejects on a start failure.
 * @returns {Promise<{ code: number | null, signal: string | null }>}
 */
function runChild(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: process.platform !== 'win32',
      ...options,
    });
    const exited = new Promise((done) => child.once('close', done));
    const entry = { child, exited };
    running.add(entry);
    child.once('error', (error) => {
      running.delete(entry);
      reject(error);
    });
    child.once('close', (code, signal) => {
      running.delete(entry);
      resolve({ code, signal });
    });
  });
}

/** Ends every running child with its whole group, by force if it does not listen. */
async function stopChildren() {
  await Promise.all(
    [...running].map(async ({ child, exited }) => {
      signalGroup(child, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), killAfterMs);
      await exited;
      clearTimeout(timer);
    }),
  );
}

function signalGroup(child, signal) {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

module.exports = { runChild, stopChildren };
