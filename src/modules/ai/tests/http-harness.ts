import { sectionDefaults } from '../../../platform/config/index.js';
import {
  createServer,
  EventStreams,
  httpConfig,
  httpErrors,
  type Route,
  reportProblem,
} from '../../../platform/http/index.js';
import type { Idempotency } from '../../../platform/idempotency/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import { Metrics } from '../../../platform/metrics/index.js';

// biome-ignore lint/suspicious/noExplicitAny: a client of the API sees just JSON.
export type Json = any;

export interface ServerEventRead {
  readonly id: number;
  readonly event: string;
  readonly data: Json;
}

export interface Served {
  readonly url: string;
  readonly port: number;
  post(path: string, body: unknown, init?: RequestInit & { user?: string }): Promise<Response>;
  get(path: string, user?: string): Promise<Response>;
  /** The JSON of a GET. */
  read(path: string): Promise<Json>;
  close(): Promise<void>;
}

/** A listening server of these routes; the bearer token is the user's id. */
export async function serve(
  routes: readonly Route[],
  { log, user, idempotency }: { log: Logger; user: string; idempotency: Idempotency },
): Promise<Served> {
  const fastify = await createServer({
    config: sectionDefaults(httpConfig),
    routes,
    idempotency,
    authenticator: {
      authenticate: async (userId) => {
        if (userId === 'nobody') throw httpErrors.authenticationRequired();
        return { userId, sessionId: 'session', roles: ['reader'], permissions: [], secondFactor: 'off' };
      },
    },
    controlToken: 'unused',
    draining: () => false,
    log,
    metrics: new Metrics(),
  });
  const url = await fastify.listen({ host: '127.0.0.1', port: 0 });
  const send = (path: string, { user: as = user, headers, ...init }: RequestInit & { user?: string }) =>
    fetch(`${url}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${as}`, ...headers } });
  return {
    url,
    port: Number(new URL(url).port),
    post: (path, body, init = {}) =>
      send(path, {
        ...init,
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
      }),
    get: (path, as = user) => send(path, { user: as }),
    read: async (path) => (await send(path, {})).json(),
    async close() {
      const closed = fastify.close();
      // Clients open spare connections after an abort; nobody waits for those here.
      fastify.server.closeAllConnections();
      await closed;
    },
  };
}

export async function json(response: Response | Promise<Response>): Promise<Json> {
  return (await response).json();
}

export function eventStreams(log: Logger): EventStreams {
  return new EventStreams(
    (error, request) => reportProblem(error, request, { log, defaultLanguage: 'en' }).body,
  );
}

export function parseEvents(text: string): ServerEventRead[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const match = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block);
      if (!match) throw new Error(`not an event: ${block}`);
      return { id: Number(match[1]), event: match[2] as string, data: JSON.parse(match[3] as string) };
    });
}

/** Reads the response until the text has come, or to its end; what is left stays to be read. */
export async function readUntil(response: Response, text?: string): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let seen = '';
  while (reader && (text === undefined || !seen.includes(text))) {
    const { done, value } = await reader.read();
    if (done) break;
    seen += decoder.decode(value, { stream: true });
  }
  reader?.releaseLock();
  return seen;
}
