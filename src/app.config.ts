import Type from 'typebox';
import {
  type ConfigSections,
  type LoadedConfig,
  platformSections,
  reservedSections,
} from './platform/config/index.js';
import { databaseConfig } from './platform/database/index.js';
import { httpConfig } from './platform/http/index.js';
import type { Module } from './platform/module/index.js';

const ms = (value: number, description: string) =>
  Type.Integer({ default: value, minimum: 1, maximum: 600_000, unit: 'ms', description });

const lifecycleConfig = Type.Object({
  startTimeoutMs: ms(180_000, 'A single service may take this long to start.'),
  healthTimeoutMs: ms(2_000, 'A health check that takes longer counts as unhealthy.'),
  closeTimeoutMs: ms(10_000, 'A single service may take this long to close.'),
  stopTimeoutMs: ms(25_000, 'From the stop signal to the end of the process, whatever still runs.'),
});

const metricsConfig = Type.Object({
  token: Type.Optional(
    Type.String({
      secret: true,
      minLength: 16,
      description: 'Bearer token that /metrics wants; without it /metrics is open.',
    }),
  ),
});

const ownSections = {
  ...platformSections,
  http: httpConfig,
  database: databaseConfig,
  metrics: metricsConfig,
  lifecycle: lifecycleConfig,
  ...reservedSections,
};

export type AppConfig = LoadedConfig<typeof ownSections>;

/** The whole configuration: the platform's sections and one of each module that has any. */
export function configSections(modules: readonly Module[]): typeof ownSections & ConfigSections {
  const ofModules = modules.filter((module) => module.config).map(({ name, config }) => [name, config]);
  for (const [name] of ofModules) {
    if (name in ownSections) throw new Error(`The module "${name}" claims a section of the platform.`);
  }
  return { ...ownSections, ...Object.fromEntries(ofModules) };
}
