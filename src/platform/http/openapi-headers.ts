import type { ErrorDefinition } from '../errors/index.js';
import { idempotencyErrors } from '../idempotency/index.js';
import { rateLimitErrors } from '../rate-limit/index.js';
import { isUnlimited, type Route } from './route.js';

type Json = Record<string, unknown>;

const text = (description: string, example: string) => ({
  description,
  schema: { type: 'string' },
  example,
});

export const headerComponents = {
  RateLimitPolicy: text('The limit with the least left: `q` requests in `w` seconds', '"user";q=1200;w=60'),
  RateLimit: text(
    'What is left of it: `r` requests within the next `t` seconds; with none left, `t` is when there is one again',
    '"user";r=1199;t=60',
  ),
  RetryAfter: { description: 'Seconds', schema: { type: 'integer', minimum: 1 }, example: 12 },
  IdempotencyReplayed: text('`true` when this is the answer of an earlier request with this key', 'true'),
};

const component = (name: keyof typeof headerComponents) => ({ $ref: `#/components/headers/${name}` });

const limitHeaders = {
  'RateLimit-Policy': component('RateLimitPolicy'),
  RateLimit: component('RateLimit'),
};

/** Request headers as parameters of the operation. */
export function requestHeaders({ idempotent }: Route): Json[] {
  if (!idempotent) return [];
  return [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description:
        'Makes the request safe to repeat: the same key with the same request has one effect and answers the first ' +
        'result again, for 24 hours unless configured otherwise. Bare or quoted; take a random one for each effect.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
      example: '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11',
    },
  ];
}

export function successHeaders(route: Route): Json | undefined {
  const headers = {
    ...(!isUnlimited(route) && limitHeaders),
    ...(route.idempotent && { 'Idempotency-Replayed': component('IdempotencyReplayed') }),
  };
  return Object.keys(headers).length > 0 ? headers : undefined;
}

/** Of the problems of one status. */
export function problemHeaders(definitions: readonly ErrorDefinition[]): Json | undefined {
  const retryAfter = { 'Retry-After': component('RetryAfter') };
  if (definitions.includes(rateLimitErrors.rateLimited.definition)) return { ...limitHeaders, ...retryAfter };
  return definitions.includes(idempotencyErrors.keyRunning.definition) ? retryAfter : undefined;
}
