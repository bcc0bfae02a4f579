'use strict';
// Whether dist is the result of the present sources, by content and not by file times.

const { createHash } = require('node:crypto');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { runChild } = require('./children.cjs');

const inputs = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'tools/build.mjs'];
const stampName = '.build-stamp';

/** True for what tsconfig.build.json compiles: a changed test needs no new build. */
function isBuildInput(path) {
  return !/\.test\.ts$|(^|\/)tests\/|^testing\//.test(path);
}

/** Paths below `src` that the build reads, sorted, with `/` on every system. */
function buildInputs(root) {
  const src = join(root, 'src');
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(src.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter(isBuildInput)
    .sort();
}

function buildStamp(root) {
  const hash = createHash('sha256');
  const add = (path) => {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  };
  for (const path of inputs) add(path);
  for (const path of buildInputs(root)) add(`src/${path}`);
  return hash.digest('hex');
}

function isBuilt(root) {
  const stamp = join(root, 'dist', stampName);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === buildStamp(root);
}

async function build(root) {
  const { code, signal } = await runChild(process.execPath, [join(root, 'tools', 'build.mjs')], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (code !== 0) throw new Error(`the build ended with ${code ?? signal}; its own message is above`);
}

module.exports = { build, buildInputs, buildStamp, isBuilt, stampName };
