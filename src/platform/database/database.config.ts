import Type, { type Static } from 'typebox';

const milliseconds = (description: string, value: number, minimum = 1) =>
  Type.Integer({ default: value, minimum, unit: 'milliseconds', description });

export const databaseConfig = Type.Object({
  url: Type.Optional(
    Type.String({
      secret: true,
      minLength: 1,
      description:
        'PostgreSQL 15 or newer, as `postgres://user:password@host:5432/name`. Without it an embedded database runs in the data folder.',
    }),
  ),
  poolMax: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 1000,
    unit: 'connections',
    description: 'Connections of this instance to PostgreSQL at most. The embedded database has one.',
  }),
  poolQueueMax: Type.Integer({
    default: 1000,
    minimum: 1,
    unit: 'callers',
    description: 'Callers that may wait for a free connection; further ones are refused with 503 at once.',
  }),
  acquireTimeoutMs: milliseconds('Wait for a free or a new connection at most; then 503.', 5000),
  statementTimeoutMs: milliseconds('A single statement may take this long.', 15_000),
  lockTimeoutMs: milliseconds('A statement waits this long for a lock at most. PostgreSQL only.', 5000),
  idleInTransactionTimeoutMs: milliseconds(
    'A transaction in which no statement runs for this long is rolled back.',
    10_000,
  ),
  idleConnectionTimeoutMs: milliseconds('An unused connection is closed after this time.', 30_000),
  connectionLifetimeSeconds: Type.Integer({
    default: 1800,
    minimum: 0,
    unit: 'seconds',
    description: 'A connection is replaced after this time, so that a fail-over is noticed; 0 keeps it.',
  }),
  prepareStatements: Type.Boolean({
    default: true,
    description: 'Prepare recurring statements once a connection. Turn off behind a PgBouncer before 1.21.',
  }),
  retryAfterSeconds: Type.Integer({
    default: 2,
    minimum: 1,
    unit: 'seconds',
    description: 'Retry-After of a 503 that is due to the database.',
  }),
  transactionRetriesMax: Type.Integer({
    default: 3,
    minimum: 0,
    maximum: 10,
    unit: 'retries',
    description: 'How often a transaction is repeated after a deadlock or a serialization failure.',
  }),
  transactionRetryDelayMs: milliseconds(
    'Longest wait before the first repetition; doubled for each further one, the actual wait is random.',
    20,
  ),
  healthTimeoutMs: milliseconds('The health check waits this long for an answer.', 2000),
  clockSkewMsMax: milliseconds(
    'A larger difference to the clock of the database server is reported as degraded.',
    1000,
  ),
  closeTimeoutMs: milliseconds('At the end running statements get this long to finish.', 10_000),
  migrationLeaseSeconds: Type.Integer({
    default: 60,
    minimum: 5,
    unit: 'seconds',
    description: 'How long an instance that migrates may be silent before another one takes over.',
  }),
  migrationWaitSeconds: Type.Integer({
    default: 120,
    minimum: 1,
    unit: 'seconds',
    description: 'How long a starting instance waits for another one that migrates.',
  }),
  migrationStatementTimeoutMs: milliseconds('One step of a migration may take this long.', 600_000),
});

export type DatabaseConfig = Static<typeof databaseConfig>;
