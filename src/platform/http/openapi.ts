import type { TSchema } from 'typebox';
import { type ErrorDefinition, fill } from '../errors/index.js';
import { idempotencyErrors } from '../idempotency/index.js';
import { rateLimitErrors } from '../rate-limit/index.js';
import { httpErrors } from './http.errors.js';
import { headerComponents, problemHeaders, requestHeaders, successHeaders } from './openapi-headers.js';
import { Problem } from './problem.js';
import { apiBase, isUnlimited, type Route, type SuccessResponse, templateOf } from './route.js';
import { refuseUnknown } from './validation.js';

export interface TaggedRoutes {
  readonly tag: string;
  readonly description: string;
  readonly routes: readonly Route[];
}

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of exactly the routes that are registered, out of the schemas that validate them. */
export function openApiDocument(groups: readonly TaggedRoutes[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const { tag, routes } of groups) {
    for (const route of routes) {
      const template = templateOf(route);
      paths[template] ??= {};
      (paths[template] as Json)[route.method.toLowerCase()] = operation(route, tag);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Qingyu API',
      version,
      description: 'The platform a web-novel company runs on. Errors are problems after RFC 9457.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: groups.map(({ tag, description }) => ({ name: tag, description })),
    paths,
    components: {
      schemas: { Problem },
      headers: headerComponents,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function operation(route: Route, tag: string): Json {
  const { access } = route;
  const body = requestBody(route);
  return {
    operationId: operationId(route),
    tags: [tag],
    summary: route.summary,
    description: [route.description, accessText(route), stepUpText(route)].filter(Boolean).join('\n\n'),
    ...(access.kind === 'permission' && { 'x-permission': access.permission }),
    ...(route.stepUp && { 'x-step-up': true }),
    security: securityOf(route),
    parameters: [...parameters(route, 'path'), ...parameters(route, 'query'), ...requestHeaders(route)],
    ...(body && { requestBody: body }),
    responses: mergeContent(successes(route), problems(route)),
  };
}

/** `GET /api/v1/books/{id}/chapters` → `get-books-by-id-chapters`. */
function operationId(route: Route): string {
  const words = templateOf(route)
    .replace(apiBase, '')
    .replace(/\{(\w+)\}/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/);
  return [route.method.toLowerCase(), ...words.filter(Boolean)].join('-');
}

function accessText({ access }: Route): string {
  switch (access.kind) {
    case 'public':
      return 'Open to everyone.';
    case 'guest':
      return 'Open to guests; a signed-in caller is recognised.';
    case 'user':
      return 'For any signed-in user.';
    case 'owner':
      return 'For the owner; for anyone else it does not exist (404).';
    case 'permission':
      return `Needs the permission \`${access.permission}\`.`;
    case 'control':
      return 'For programs of the same machine.';
  }
}

function stepUpText({ stepUp }: Route): string | undefined {
  return stepUp && 'Whoever has a second factor must have proved it lately (`POST /api/v1/auth/step-up`).';
}

function securityOf({ access }: Route): Json[] {
  if (access.kind === 'public') return [];
  return access.kind === 'guest' ? [{}, { bearer: [] }] : [{ bearer: [] }];
}

function parameters(route: Route, place: 'path' | 'query'): Json[] {
  const schema = place === 'path' ? route.params : route.query;
  const examples: Readonly<Json> = (place === 'path' ? route.example?.params : route.example?.query) ?? {};
  const required: readonly string[] = schema?.required ?? [];
  return Object.entries<TSchema>(schema?.properties ?? {}).map(([name, property]) => {
    const { description } = property as { description?: string };
    const hasDefault = 'default' in property;
    return {
      name,
      in: place,
      required: place === 'path' || (required.includes(name) && !hasDefault),
      schema: property,
      ...(description && { description }),
      ...(name in examples && { example: examples[name] }),
    };
  });
}

function requestBody(route: Route): Json | undefined {
  const example = route.example?.body;
  if (route.multipart) {
    return { required: true, content: { 'multipart/form-data': { schema: route.multipart } } };
  }
  if (!route.body) return undefined;
  const schema = refuseUnknown(route.body);
  return { required: true, content: { 'application/json': { schema, example } } };
}

function successes(route: Route): Record<string, Json> {
  const headers = successHeaders(route);
  const answers = Object.entries(route.responses).map(([status, response]) => [
    status,
    { ...success(response), ...(headers && { headers }) },
  ]);
  return Object.fromEntries(answers);
}

/** A status may be answered in more than one media type. */
function mergeContent(declared: Record<string, Json>, implied: Record<string, Json>): Json {
  const merged: Record<string, Json> = { ...declared };
  for (const [status, response] of Object.entries(implied)) {
    const own = merged[status];
    merged[status] = own
      ? { ...own, content: { ...(own.content as Json), ...(response.content as Json) } }
      : response;
  }
  return merged;
}

function success({ description, schema, example, media }: SuccessResponse): Json {
  const content = {
    ...(schema && { 'application/json': { schema, example } }),
    ...(media && { [media.type]: { schema: mediaSchema(media.type), example: media.example } }),
  };
  return { description, ...(Object.keys(content).length > 0 && { content }) };
}

function mediaSchema(type: string): Json {
  return type === 'application/json' ? { type: 'object' } : { type: 'string' };
}

/** The errors a route declares and those that its shape makes possible, one response a status. */
function problems(route: Route): Record<string, Json> {
  const definitions = [...impliedErrors(route), ...(route.errors ?? []).map(({ definition }) => definition)];
  const byStatus = new Map<number, ErrorDefinition[]>();
  for (const definition of definitions) {
    const same = byStatus.get(definition.status) ?? [];
    if (!same.includes(definition)) byStatus.set(definition.status, [...same, definition]);
  }
  return Object.fromEntries([...byStatus].map(([status, found]) => [status, problemResponse(found, route)]));
}

function impliedErrors(route: Route): ErrorDefinition[] {
  const { access } = route;
  const takesInput = route.params || route.query || route.body || route.multipart;
  const looksAtToken = access.kind !== 'public' && access.kind !== 'control';
  return [
    ...(takesInput ? [httpErrors.invalidInput] : []),
    ...(route.body || route.multipart
      ? [httpErrors.malformedBody, httpErrors.bodyTooLarge, httpErrors.unsupportedMediaType]
      : []),
    ...(route.params ? [httpErrors.addressMalformed, httpErrors.addressTooLong] : []),
    ...(looksAtToken ? [httpErrors.authenticationRequired] : []),
    ...(access.kind === 'permission' ? [httpErrors.permissionDenied] : []),
    ...(route.stepUp ? [httpErrors.stepUpRequired, httpErrors.totpSetupRequired] : []),
    ...(access.kind === 'owner' ? [httpErrors.notFound] : []),
    ...(route.idempotent ? Object.values(idempotencyErrors) : []),
    ...(isUnlimited(route) ? [] : [rateLimitErrors.rateLimited]),
    httpErrors.internal,
    httpErrors.overloaded,
    httpErrors.tookTooLong,
  ].map(({ definition }) => definition);
}

function problemResponse(definitions: readonly ErrorDefinition[], route: Route): Json {
  const examples = definitions.map((definition) => [
    definition.code,
    { summary: definition.title.en, value: problemExample(definition, route) },
  ]);
  const schema = { $ref: '#/components/schemas/Problem' };
  const headers = problemHeaders(definitions);
  return {
    description: definitions.map(({ title }) => title.en).join(' / '),
    ...(headers && { headers }),
    content: { 'application/problem+json': { schema, examples: Object.fromEntries(examples) } },
  };
}

function problemExample({ code, status, title, detail }: ErrorDefinition, route: Route): Json {
  const params: Readonly<Json> = route.example?.params ?? {};
  return {
    type: `/errors/${code}`,
    title: title.en,
    status,
    detail: detail.en,
    instance: fill(templateOf(route), params as Record<string, string>),
    code,
    requestId: '0193b6f2-7c1a-7d55-9f0e-2f6f3a6f8a11',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
}
