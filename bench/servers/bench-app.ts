import { configSections } from '../../src/app.config.js';
import { type App, buildApp } from '../../src/app.js';
import { loadConfig } from '../../src/platform/config/index.js';
import type { Module } from '../../src/platform/module/index.js';

interface BenchAppOptions {
  readonly modules: readonly Module[];
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** `key=value`, beside what every measured application has. */
  readonly settings?: readonly string[];
}

/** The whole application on a database server, running on a free port, without demo data and without a log. */
export async function startBenchApp({
  modules,
  databaseUrl,
  dataDir,
  settings = [],
}: BenchAppOptions): Promise<App> {
  const common = [`data.dir=${dataDir}`, `database.url=${databaseUrl}`, 'logger.format=json'];
  const config = await loadConfig({
    sections: configSections(modules),
    argv: [...common, 'seed.demo=false', 'server.port=0', ...settings].flatMap((setting) => [
      '--set',
      setting,
    ]),
    env: { NODE_ENV: 'test' },
  });
  const app = await buildApp({
    config,
    modules,
    version: '0.0.0-bench',
    overrides: { logDestination: { write: () => {} } },
  });
  await app.start();
  return app;
}
