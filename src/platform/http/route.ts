import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TObject, TSchema } from 'typebox';
import type { ErrorFactory } from '../errors/index.js';
import type { Once } from '../idempotency/index.js';
import type { RoutePolicy } from '../rate-limit/index.js';
import type { Access } from './access.js';
import type { Caller } from './caller.js';

export interface SuccessResponse<S extends TSchema = TSchema> {
  readonly description: string;
  /** Absent for 204 and for answers that are not JSON. */
  readonly schema?: S;
  readonly example?: unknown;
  /** For answers that are not JSON: `text/event-stream`, `text/csv`. May stand beside `schema`. */
  readonly media?: { readonly type: string; readonly example: string };
}

type Shape<S> = S extends TSchema ? Static<S> : undefined;

type CallerOf<A extends Access> = A extends { kind: 'public' | 'guest' | 'control' }
  ? Caller | undefined
  : Caller;

/**
 * A Fastify request after authentication and validation. To learn that nobody waits for the answer any
 * more, watch `abandoned`: `signal` aborts as soon as the body has been read.
 */
export type RouteRequest<A extends Access, P, Q, B, I = undefined> = Omit<
  FastifyRequest,
  'params' | 'query' | 'body' | 'once'
> & {
  readonly params: Shape<P>;
  readonly query: Shape<Q>;
  readonly body: Shape<B>;
  readonly caller: CallerOf<A>;
  /** Of an `idempotent` route: the handler passes it to the use-case, which opens its effect with it. */
  readonly once: I extends true ? Once : undefined;
};

export interface RouteOptions<
  A extends Access = Access,
  P extends TObject | undefined = TObject | undefined,
  Q extends TObject | undefined = TObject | undefined,
  B extends TSchema | undefined = TSchema | undefined,
  I extends true | undefined = true | undefined,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, parameters as `{id}`. With `root: true` below `/`. */
  readonly path: string;
  readonly root?: boolean;
  readonly access: A;
  readonly summary: string;
  readonly description?: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Keeps the body's bytes as they came, in `request.rawBody`, for a signature over them. */
  readonly keepRawBody?: true;
  /** A multipart request: the schema documents its parts; the handler reads `request.parts()`. */
  readonly multipart?: TObject;
  /** Takes an `Idempotency-Key`; only with a signed-in caller, whose key it is. */
  readonly idempotent?: I;
  /**
   * An act on money, roles or bans: refused until the caller proved the second factor lately, where they have one or
   * must have one; only with a signed-in caller.
   */
  readonly stepUp?: true;
  /** Limits it beside the general limits of guests and users: by address for `sign-in`, by user for the others. */
  readonly rateLimit?: RoutePolicy;
  /** Answered even under overload and never limited: probes and metrics. */
  readonly unsheddable?: boolean;
  /** Bytes; the server's default applies otherwise. */
  readonly bodyLimitBytes?: number;
  /** From the request to its answer, ms; the server's default applies otherwise. Event streams are not bound by it. */
  readonly timeLimitMs?: number;
  /** A request as an example, executed by the tests. */
  readonly example?: {
    readonly params?: Record<string, unknown>;
    readonly query?: Record<string, unknown>;
    readonly body?: unknown;
  };
  readonly responses: Readonly<Record<number, SuccessResponse>>;
  /** What it may raise beyond the errors common to all routes. */
  readonly errors?: readonly ErrorFactory[];
  readonly handler: (request: RouteRequest<A, P, Q, B, I>, reply: FastifyReply) => Promise<unknown> | unknown;
}

/** A declared route; the module's list of them is the whole of its HTTP surface. */
// biome-ignore lint/suspicious/noExplicitAny: a list of routes is heterogeneous; each handler was checked when declared.
export type Route = RouteOptions<Access, any, any, any, any>;

export function defineRoute<
  const A extends Access,
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
  B extends TSchema | undefined = undefined,
  I extends true | undefined = undefined,
>(route: RouteOptions<A, P, Q, B, I>): Route {
  return route as unknown as Route;
}

export const apiBase = '/api/v1';

/** The whole path as declared, `/api/v1/books/{id}`: the name of a route in documents, metrics and logs. */
export function templateOf({ path, root }: Route): string {
  return root ? path : `${apiBase}${path}`;
}

/** Whether it is never counted: probes, metrics, and what only this machine may call. */
export function isUnlimited({ unsheddable, access }: Route): boolean {
  return unsheddable === true || access.kind === 'control';
}

/** Matches the paths that a template stands for, with or without a slash at the end. */
export function templatePattern(template: string): RegExp {
  const pattern = template
    .split(/\{\w+\}/)
    .map(escapeRegExp)
    .join('[^/]+');
  return new RegExp(`^${pattern}/?$`);
}

/** Tells the methods that a URL answers; none when no route has such a path. */
export function methodLookup(routes: readonly Route[]): (url: string) => string[] {
  const patterns = routes.map((route) => ({
    method: route.method,
    pattern: templatePattern(templateOf(route)),
  }));
  return (url) => {
    const path = url.split('?', 1)[0] as string;
    return [...new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))];
  };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
