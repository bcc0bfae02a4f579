import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setContext } from '../context/index.js';
import { permits } from './access.js';
import type { Authenticator, Caller } from './caller.js';
import { httpErrors } from './http.errors.js';
import type { Route } from './route.js';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

export interface GuardOptions {
  readonly authenticator: Authenticator;
  /** Bearer token of the routes for programs of this machine. */
  readonly controlToken: string;
}

export type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Decides a request by its route's declaration before anything of its body is read. */
export function guardOf(
  { access, stepUp }: Pick<Route, 'access' | 'stepUp'>,
  { authenticator, controlToken }: GuardOptions,
): Guard | undefined {
  if (access.kind === 'public') return undefined;
  if (access.kind === 'control') return controlGuard(controlToken);
  return async (request) => {
    const token = bearerToken(request);
    if (token === undefined) {
      if (access.kind === 'guest') return;
      throw httpErrors.authenticationRequired();
    }
    const caller = await authenticator.authenticate(token);
    request.caller = caller;
    setContext({ userId: caller.userId });
    if (access.kind === 'permission' && !permits(caller.permissions, access.permission)) {
      throw httpErrors.permissionDenied({ params: { permission: access.permission } });
    }
    if (stepUp) refuseWithoutStepUp(caller);
  };
}

function refuseWithoutStepUp({ secondFactor }: Caller): void {
  if (secondFactor === 'stale') throw httpErrors.stepUpRequired();
  if (secondFactor === 'missing') throw httpErrors.totpSetupRequired();
}

function controlGuard(controlToken: string): Guard {
  return async (request) => {
    const fromHere = isLoopback(request.socket.remoteAddress);
    if (!fromHere || !carriesToken(request, controlToken)) throw httpErrors.notFound();
  };
}

/** Whether a request carries the fixed bearer token `expected`; takes as long for a near miss as for any other. */
export function carriesToken(request: Pick<FastifyRequest, 'headers'>, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(bearerToken(request) ?? ''), digest(expected));
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || (address?.replace(/^::ffff:/, '').startsWith('127.') ?? false);
}

/** Undefined without the header; a header of another scheme is a malformed token, which its checker refuses. */
function bearerToken(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const [scheme, token, ...rest] = header.split(' ');
  return scheme?.toLowerCase() === 'bearer' && token && rest.length === 0 ? token : '';
}
