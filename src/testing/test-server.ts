import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { onTestFinished } from 'vitest';
import {
  type Authenticator,
  createServer,
  type HttpConfig,
  httpConfig,
  httpErrors,
  type Route,
  type SecondFactorState,
  type ServerOptions,
} from '../platform/http/index.js';
import { createLogger } from '../platform/logger/index.js';
import { Metrics } from '../platform/metrics/index.js';

export interface TestServer {
  readonly fastify: FastifyInstance;
  readonly metrics: Metrics;
  readonly lines: () => Record<string, unknown>[];
  url: string;
  drain(): void;
}

/** Tokens are `<user>:<permission>,<permission>:<second factor>`, the last part optional; anything else is refused. */
const authenticator: Authenticator = {
  async authenticate(token) {
    const [userId, permissions, secondFactor = 'off'] = token.split(':');
    if (!userId || permissions === undefined) throw httpErrors.authenticationRequired();
    return {
      ...{ userId, sessionId: 's', roles: ['reader'] },
      permissions: permissions.split(',').filter(Boolean),
      secondFactor: secondFactor as SecondFactorState,
    };
  },
};

export const controlToken = 'control-token-of-this-test';

/** A listening server of just these routes, closed when the test ends. */
export async function serve(
  routes: readonly Route[],
  config: Partial<HttpConfig> = {},
  parts: Pick<Partial<ServerOptions>, 'limits' | 'idempotency' | 'authenticator'> = {},
): Promise<TestServer> {
  const written: string[] = [];
  const metrics = new Metrics();
  let draining = false;
  const fastify = await createServer({
    config: { ...(Value.Create(httpConfig) as HttpConfig), ...config },
    routes,
    authenticator,
    controlToken,
    draining: () => draining,
    log: createLogger({
      level: 'info',
      format: 'json',
      service: 'test',
      version: '0',
      instance: 'test',
      destination: { write: (line: string) => void written.push(line) } as never,
    }),
    metrics,
    ...parts,
  });
  onTestFinished(() => fastify.close());
  const url = await fastify.listen({ host: '127.0.0.1', port: 0 });
  return {
    fastify,
    metrics,
    url,
    lines: () => written.map((line) => JSON.parse(line)),
    drain: () => {
      draining = true;
    },
  };
}

const Ok = Type.Object({ ok: Type.Boolean() });
export const okResponse = { 200: { description: 'It went well', schema: Ok, example: { ok: true } } };
