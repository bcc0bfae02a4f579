import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { sectionDefaults } from '../platform/config/index.js';
import {
  type Authenticator,
  type Caller,
  createServer,
  httpConfig,
  type ServerOptions,
} from '../platform/http/index.js';
import { Metrics } from '../platform/metrics/index.js';

const controlToken = 'control-token-of-the-tests';

/** A signed-in reader, with further roles. */
export function callerOf(userId: string, ...roles: string[]): Caller {
  return { userId, sessionId: userId, roles: ['reader', ...roles], permissions: [], secondFactor: 'off' };
}

/** A token is the user's id and further roles: `<id>:author:admin`. */
const tokensNameTheirUser: Authenticator = {
  authenticate: async (token) => callerOf(...(token.split(':') as [string, ...string[]])),
};

/** The application's server with just these routes; it does not listen yet. A busy machine sheds nothing. */
export function routeServer(
  options: Pick<ServerOptions, 'routes'> & Partial<ServerOptions>,
): Promise<FastifyInstance> {
  return createServer({
    config: sectionDefaults(httpConfig, { maxEventLoopDelayMs: 0 }),
    authenticator: tokensNameTheirUser,
    controlToken,
    draining: () => false,
    log: pino({ level: 'silent' }),
    metrics: new Metrics(),
    ...options,
  });
}
