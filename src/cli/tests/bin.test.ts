import { spawnSync } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/example-commands.js';

test('without a build qingyu says how to get one', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'bin'));
  const bin = fileURLToPath(new URL('../../../bin/qingyu.mjs', import.meta.url));
  await cp(bin, join(folder, 'bin', 'qingyu.mjs'));
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin', 'qingyu.mjs')], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toBe('qingyu is not built yet: run npm run build in its folder first.\n');
});
