import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors/index.js';
import { type PolicyName, type RateDecision, type RateLimits, rateLimitErrors } from '../rate-limit/index.js';
import { type Guard, type GuardOptions, guardOf } from './access-guard.js';
import { isUnlimited, type Route } from './route.js';

export interface AdmissionOptions extends GuardOptions {
  /** Absent: nothing is limited. */
  readonly limits?: RateLimits;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The policy with the least left so far: what the answer's RateLimit says. */
    tightest: RateDecision | undefined;
  }
}

/** Access and rate limits of a route, decided before anything of the body is read. */
export function admissionOf(route: Route, options: AdmissionOptions): Guard | undefined {
  const { limits } = options;
  const guard = guardOf(route, options);
  if (!limits || isUnlimited(route)) return guard;
  const { rateLimit, access } = route;
  return async (request, reply) => {
    const showsToken = access.kind !== 'public' && request.headers.authorization !== undefined;
    if (showsToken) await admitToken(limits, guard, request, reply);
    else {
      await countGuest(limits, request, reply);
      await guard?.(request, reply);
    }
    if (rateLimit) await count(limits, rateLimit, request, reply);
  };
}

/** Somebody without a valid token is an address. Raises `rate-limited`. */
export function countGuest(limits: RateLimits, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  return count(limits, 'guest', request, reply);
}

/**
 * A known user is counted as one, allowed or not; a refused token counts against the address, so that a flood of
 * them ends. What the guard says waits for that.
 */
async function admitToken(
  limits: RateLimits,
  guard: Guard | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  let refusal: { readonly error: unknown } | undefined;
  try {
    await guard?.(request, reply);
  } catch (error) {
    refusal = { error };
  }
  if (request.caller) await count(limits, 'user', request, reply);
  else if (refusal && isRefusedToken(refusal.error)) await countGuest(limits, request, reply);
  if (refusal) throw refusal.error;
}

/** Not, for example, a database that did not answer. */
function isRefusedToken(error: unknown): boolean {
  return error instanceof AppError && error.definition.status === 401;
}

async function count(
  limits: RateLimits,
  policy: PolicyName,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  // Undefined when the client has hung up already, which the type does not know.
  const address = (request.ip as string | undefined) ?? '';
  const decision = await limits.take(policy, { userId: request.caller?.userId, address });
  const { tightest } = request;
  if (!tightest || !decision.allowed || decision.remaining < tightest.remaining) {
    request.tightest = decision;
    reply.headers(rateLimitHeaders(decision));
  }
  if (!decision.allowed) throw rateLimited(decision);
}

/**
 * As in draft-ietf-httpapi-ratelimit-headers-08: `r` calls may be made within the next `t` seconds; with none left, `t`
 * is when there is one again.
 */
function rateLimitHeaders({ policy, limit, windowMs, remaining, retryAfterMs }: RateDecision) {
  const windowSeconds = windowMs / 1000;
  const seconds = remaining > 0 ? windowSeconds : wholeSeconds(retryAfterMs);
  return {
    'ratelimit-policy': `"${policy}";q=${limit};w=${windowSeconds}`,
    ratelimit: `"${policy}";r=${remaining};t=${seconds}`,
  };
}

function rateLimited({ policy, limit, windowMs, retryAfterMs }: RateDecision): AppError {
  const seconds = wholeSeconds(retryAfterMs);
  return rateLimitErrors.rateLimited({
    params: { policy, limit, windowSeconds: windowMs / 1000, seconds },
    extensions: { policy },
    retryAfterSeconds: seconds,
  });
}

/** Rounded up: who waits so long is not refused again. */
function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
