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
  type ServerEvent,
} from '../../platform/http/index.js';
import type { Once } from '../../platform/idempotency/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import { quotaErrors } from '../quota/index.js';
import { type AiCall, type Answer, doneEvent, startEvent } from './ai.call.js';
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
/** A call whose process died leaves its key for so long after its time limit. */
const lostAllowanceMs = 60_000;

export function aiRoutes(options: AiRoutesOptions): readonly Route[] {
  return [continueText(options), listModels(options), listProviders(options), readCall(options)];
}

function continueText({ ai, streams, config, chapterErrors }: AiRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    path: '/ai/continue',
    access: access.user,
    idempotent: true,
    rateLimit: 'ai',
    summary: 'Continue a text',
    description:
      'Writes on from the text, with a chapter as context if one is named. With `stream` the answer comes as ' +
      'server-sent events: `start`, `delta`s, then `done` with the whole answer, or `error` with a problem. ' +
      'What was produced is charged, also when the client leaves. Repeated with its Idempotency-Key, a call that ' +
      'has ended is answered from its record: with `stream` as `start` and `done` alone.',
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
      const begun = await begin(request.once, config, () => ai.continueText(request.caller, input));
      if (stream) return sendEvents(ai, streams, begun, reply);
      return begun.call ? sendWhole(ai, streams, begun.call, begun.answer, request.abandoned) : begun.answer;
    },
  });
}

/** A call under the key of its request; without `call`, the answer of an earlier one. */
interface Begun {
  readonly call: AiCall | undefined;
  /** Comes when it has been recorded. */
  readonly answer: Promise<Answer>;
}

/** Resolves when the call has been admitted, or is known to have been made before. */
async function begin(once: Once, { totalLimitMs }: AiConfig, start: () => Promise<AiCall>): Promise<Begun> {
  let call: AiCall | undefined;
  let admit = () => {};
  const admitted = new Promise<void>((resolve) => {
    admit = resolve;
  });
  const limitSeconds = Math.ceil((totalLimitMs + lostAllowanceMs) / 1000);
  const answer = once.effect({ name: 'ai-continue', limitSeconds }, async () => {
    call = await start();
    admit();
    return call.answer;
  });
  await Promise.race([admitted, answer]);
  // A stream tells of its failure by itself.
  answer.catch(() => {});
  return { call, answer };
}

/** A stopping server ends the call, which then ends its stream with `done` and its charge. */
const stopGraceMs = 3_000;

async function sendEvents(ai: AiService, streams: EventStreams, begun: Begun, reply: FastifyReply) {
  const { call } = begun;
  const onStop = () => call?.stop('shutdown');
  const ending = await streams.open(reply, eventsOf(begun), { onStop, stopGraceMs });
  if (call && (ending === 'disconnected' || ending === 'stopped')) ai.abandon(call);
  return reply;
}

/** What `done` carries has been recorded before; an earlier answer has no other events than its first and its last. */
async function* eventsOf({ call, answer }: Begun): AsyncGenerator<ServerEvent> {
  if (call) {
    for await (const event of call.follow()) {
      yield event.event === 'done' ? { ...event, data: await answer } : event;
    }
    return;
  }
  const recorded = await answer;
  yield startEvent(recorded.id);
  yield doneEvent(recorded);
}

async function sendWhole(
  ai: AiService,
  streams: EventStreams,
  call: AiCall,
  answer: Promise<Answer>,
  abandoned: AbortSignal,
) {
  const onAbandoned = () => ai.abandon(call);
  const release = streams.stopWith(() => call.stop('shutdown'));
  abandoned.addEventListener('abort', onAbandoned, { once: true });
  if (abandoned.aborted) onAbandoned();
  try {
    return await answer;
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
