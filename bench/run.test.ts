import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Report } from './harness/report.js';

const command = join(import.meta.dirname, 'run.mjs');

it('the command compiles itself, measures in this and in other processes, and prints nothing but the document', async () => {
  const argv = [command, 'ids', 'http', '--quick', '--rounds', '1', '--json'];
  // When a scenario fails the report says why, and the command ends with 1.
  const { stdout } = await promisify(execFile)(process.execPath, argv).catch((failure) => failure);
  const report = JSON.parse(stdout) as Report;
  expect(report.scenarios).toMatchObject([
    {
      name: 'http',
      state: 'measured',
      metrics: [{ name: 'json-route.throughput' }, {}, {}, { name: 'json-route.cpu' }],
    },
    { name: 'ids', state: 'measured', metrics: [{ name: 'new-id.throughput' }] },
  ]);
  expect(report.judgement.problems).toEqual([]);
});
