import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../src/app.js';
import { modules, sections } from '../src/modules.js';
import { loadConfig } from '../src/platform/config/index.js';
import type { Job } from '../src/platform/jobs/index.js';
import { defineModule } from '../src/platform/module/index.js';

const service = {
  ...{ name: 'with-job', version: '1.0.0', initialize: async () => {}, close: async () => {} },
  health: async () => ({ status: 'healthy' }) as const,
};

/** The application with one more module, which has this job. */
async function appWith(changes: Partial<Job>) {
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-boot-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const job: Job = {
    ...{ name: 'a-job', summary: 'A job.', schedule: { everySeconds: 60 }, timeLimitSeconds: 1 },
    run: async () => {},
    ...changes,
  };
  const withJob = defineModule({
    ...{ name: 'with-job', version: '1.0.0', summary: 'A job.', criticality: 'optional', needs: {} },
    setup: () => ({ service, exposes: {}, jobs: [job] }),
  });
  const argv = ['--set', `data.dir=${folder}`, '--set', 'logger.level=silent'];
  const config = await loadConfig({ sections, argv, env: { NODE_ENV: 'test' } });
  return buildApp({ config, modules: [...modules, withJob], version: '0.0.0-test' });
}

test('two jobs of one name fail the boot, which names them', async () => {
  await expect(appWith({ name: 'quota-reservation-sweep' })).rejects.toThrow(
    'Two jobs are named "quota-reservation-sweep".',
  );
});

test('a malformed cron expression fails the boot, which names the job', async () => {
  const app = await appWith({ schedule: { cron: '99 * * * *' } });
  await expect(app.start()).rejects.toThrow(/job "a-job" cannot be used: .*Invalid value for minute/);
});
