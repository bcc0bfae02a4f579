import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AppConfig } from './app.config.js';
import { commandErrors } from './platform/commands/index.js';
import { EffectiveConfig } from './platform/config/index.js';
import {
  Database,
  DatabaseService,
  databaseErrors,
  type Migration,
  Schema,
  SchemaService,
} from './platform/database/index.js';
import { ErrorReference, type ErrorTable, errorReference } from './platform/errors/index.js';
import { DataFolder } from './platform/files/index.js';
import {
  EventStreams,
  EventStreamsPort,
  ExportStreams,
  Exports,
  httpErrors,
  reportProblem,
} from './platform/http/index.js';
import { Clock, Instance, newId, type ServiceNode, systemClock } from './platform/kernel/index.js';
import { type LogDestination, type Logger, LoggerService } from './platform/logger/index.js';
import { Metrics, registerProcessMetrics } from './platform/metrics/index.js';
import type { Given, Module } from './platform/module/index.js';

export interface PlatformOverrides {
  readonly clock?: Clock;
  readonly logDestination?: LogDestination;
}

export interface Platform {
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly streams: EventStreams;
  readonly schema: SchemaService;
  readonly given: readonly Given[];
  /** Started before every module: the log, the database, its schema. */
  readonly nodes: readonly ServiceNode[];
}

interface PlatformOptions {
  readonly config: AppConfig;
  readonly version: string;
  readonly modules: readonly Module[];
  readonly overrides?: PlatformOverrides;
}

/** The engines that modules stand on, built but not opened. */
export function createPlatform({ config, version, modules, overrides = {} }: PlatformOptions): Platform {
  const clock = overrides.clock ?? systemClock;
  const metrics = new Metrics();
  registerProcessMetrics(metrics);
  const instance = `${hostname()}-${newId(clock.now()).slice(-6)}`;
  const logger = createLoggerService(config, version, instance, overrides.logDestination);
  logger.registerMetrics(metrics);
  const { log } = logger;
  const database = createDatabase(config, { clock, log, metrics });
  const schema = createSchema(config, modules, database, { clock, log, holder: instance });
  const { defaultLanguage } = config.values.http;
  const streams = new EventStreams(
    (error, request) => reportProblem(error, request, { log, defaultLanguage }).body,
  );
  return {
    log,
    clock,
    metrics,
    streams,
    schema,
    nodes: [
      { service: logger, criticality: 'required', needs: [] },
      { service: database, criticality: 'required', needs: ['logger'] },
      { service: schema, criticality: 'required', needs: ['database'] },
    ],
    given: [
      { port: Clock, implementation: clock },
      { port: Instance, implementation: { name: instance } },
      { port: Database, implementation: database.database, service: 'schema' },
      { port: Schema, implementation: schema.schema, service: 'schema' },
      { port: EventStreamsPort, implementation: streams },
      { port: Exports, implementation: new ExportStreams(streams, config.values.http) },
      { port: DataFolder, implementation: { path: config.values.data.dir } },
      { port: EffectiveConfig, implementation: config },
      {
        port: ErrorReference,
        implementation: errorReference([
          httpErrors,
          commandErrors,
          databaseErrors,
          ...modules.flatMap((module): ErrorTable[] => (module.errors ? [module.errors] : [])),
        ]),
      },
    ],
  };
}

function createLoggerService(
  config: AppConfig,
  version: string,
  instance: string,
  destination: LogDestination | undefined,
): LoggerService {
  const { level, format } = config.values.logger;
  return new LoggerService({
    level,
    format,
    service: 'qingyu',
    version,
    instance,
    ...(destination && { destination }),
  });
}

function createDatabase(config: AppConfig, tools: { clock: Clock; log: Logger; metrics: Metrics }) {
  const { database, data } = config.values;
  return new DatabaseService({ config: { ...database, dataDir: join(data.dir, 'database') }, ...tools });
}

function createSchema(
  config: AppConfig,
  modules: readonly Module[],
  { database }: DatabaseService,
  tools: { clock: Clock; log: Logger; holder: string },
): SchemaService {
  const migrations: Migration[] = modules.flatMap((module) => module.migrations ?? []);
  return new SchemaService({ database, migrations, config: config.values.database, ...tools });
}
