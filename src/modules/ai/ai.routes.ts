import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { ErrorFactory } from '../../platform/errors/index.js';
import {
  access,
  defineRoute,
  type EventStreams,
  httpErrors,
  pageOf,
  type Route,
} from '../../platform/http/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import { quotaErrors } from '../quota/index.js';
import type { AiCall } from './ai.call.js';
import type { AiConfig } from './ai.config.js';
import { aiErrors } from './ai.errors.js';
import {
  answerExample,
  answerSchema,
  callExample,
  callOf,
  callSchema,
  modelExample,
  modelSchema,
  providerExample,
  providerSchema,
  streamExample,
  writingBody,
  writingExample,
} from './ai.schema.js';
import type { AiService } from './ai.service.js';

export interface AiRoutesOptions {
  readonly ai: AiService;
  readonly streams: EventStreams;
  readonly clock: Clock;
  readonly config: AiConfig;
  /** What taking a chapter as context may raise. */
  readonly chapterErrors: readonly ErrorFactory[];
}

/** Settling with retries takes its time after the call itself. */
const settleAllowanceMs = 10_000;

export function aiRoutes(options: AiRoutesOptions): readonly Route[] {
  return [continueText(options), listModels(options), listProviders(options), readCall(options)];
}

function continueText({ ai, streams, config, chapterErrors }: AiRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    path: '/ai/continue',
    access: access.user,
    summary: 'Continue a text',
    description:
      'Writes on from the text, with a chapter as context if one is named. With `stream` the answer comes as ' +
      'server-sent events: `start`, `delta`s, then `done` with the whole answer, or `error` with a problem. ' +
      'What was produced is charged, also when the client leaves.',
    body: writingBody(config),
    example: { body: writingExample },
    timeLimitMs: config.totalLimitMs + settleAllowanceMs,
    responses: {
      200: {
        description: 'The continuation',
        schema: answerSchema,
        example: answerExample,
        media: { type: 'text/event-stream', example: streamExample },
      },
    },
    errors: [...Object.values(aiErrors), ...Object.values(quotaErrors), ...chapterErrors],
    handler: async (request, reply) => {
      const { stream = false, ...input } = request.body;
      const call = await ai.continueText(request.caller, input);
      return stream ? sendEvents(ai, streams, call, reply) : sendWhole(ai, streams, call, request.abandoned);
    },
  });
}

/** A stopping server ends the call, which then ends its stream with `done` and its charge. */
const stopGraceMs = 3_000;

async function sendEvents(ai: AiService, streams: EventStreams, call: AiCall, reply: FastifyReply) {
  const onStop = () => call.stop('shutdown');
  const ending = await streams.open(reply, call.follow(), { onStop, stopGraceMs });
  if (ending === 'disconnected' || ending === 'stopped') ai.abandon(call);
  return reply;
}

async function sendWhole(ai: AiService, streams: EventStreams, call: AiCall, abandoned: AbortSignal) {
  const onAbandoned = () => ai.abandon(call);
  const release = streams.stopWith(() => call.stop('shutdown'));
  abandoned.addEventListener('abort', onAbandoned, { once: true });
  if (abandoned.aborted) onAbandoned();
  try {
    return await call.answer;
  } finally {
    abandoned.removeEventListener('abort', onAbandoned);
    release();
  }
}

function listModels({ ai }: AiRoutesOptions): Route {
  return defineRoute({
    method: 'GET',
    path: '/ai/models',
    access: access.user,
    summary: 'List the models',
    responses: {
      200: {
        description: 'Every configured model, the default first',
        schema: pageOf(modelSchema),
        example: { items: [modelExample], nextCursor: null },
      },
    },
    handler: () => ({
      items: ai.models.map(({ provider, model }, index) => ({
        id: model.id,
        provider: provider.name,
        default: index === 0,
        inFactor: model.inFactorThousandths / 1000,
        outFactor: model.outFactorThousandths / 1000,
        contextTokens: model.contextTokens,
        maxOutputTokens: model.maxOutputTokens,
      })),
      nextCursor: null,
    }),
  });
}

function listProviders({ ai }: AiRoutesOptions): Route {
  return defineRoute({
    method: 'GET',
    path: '/ai/providers',
    access: access.user,
    summary: 'List the providers and their health',
    responses: {
      200: {
        description: 'Every configured provider',
        schema: pageOf(providerSchema),
        example: { items: [providerExample], nextCursor: null },
      },
    },
    handler: async () => ({
      items: (await ai.providers()).map(({ provider, health }) => ({
        name: provider.name,
        kind: provider.kind,
        status: health.status,
        models: provider.models.map((model) => model.id),
      })),
      nextCursor: null,
    }),
  });
}

function readCall({ ai, clock }: AiRoutesOptions): Route {
  return defineRoute({
    method: 'GET',
    path: '/ai/calls/{id}',
    access: access.owner('id'),
    summary: 'Read one of my AI calls',
    description:
      'What it produced and what it was charged; while it runs on this server, what it has so far.',
    params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
    example: { params: { id: callExample.id } },
    responses: { 200: { description: 'The call', schema: callSchema, example: callExample } },
    handler: async ({ caller, params }) => {
      const row = await ai.readCall(caller, params.id);
      if (!row) throw httpErrors.notFound();
      return callOf(row, clock.now());
    },
  });
}
