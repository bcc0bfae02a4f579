import Type, { type Static } from 'typebox';
import type { AiConfig } from './ai.config.js';
import type { CallRow } from './ai.tables.js';
import { finishReasons, operations } from './call.domain.js';

const id = Type.String({ format: 'uuid' });
const moment = (description: string) => Type.String({ format: 'date-time', description });
const tokens = (description: string) => Type.Integer({ minimum: 0, description });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

/** A shorter limit cannot hold every character: some take four tokens. */
const maxTokensMin = 8;

export function writingBody(config: AiConfig) {
  return Type.Object(
    {
      text: Type.String({
        minLength: 1,
        maxLength: config.textCharsMax,
        pattern: '\\S',
        description: 'The text to work on, in paragraphs',
      }),
      instruction: Type.Optional(
        Type.String({ maxLength: config.instructionCharsMax, description: 'What the author wishes' }),
      ),
      model: Type.Optional(
        Type.String({ maxLength: 64, description: 'One of GET /ai/models; absent: the default' }),
      ),
      maxTokens: Type.Optional(
        Type.Integer({
          minimum: maxTokensMin,
          maximum: 1_000_000,
          description:
            'Longest answer, tokens; absent: 500 or what is left, and never above the model’s own limit',
        }),
      ),
      chapterId: Type.Optional(
        Type.String({ format: 'uuid', description: 'A chapter taken as context, if you may read it' }),
      ),
      stream: Type.Optional(Type.Boolean({ description: 'Answer as server-sent events' })),
    },
    { additionalProperties: false },
  );
}

const usageSchema = Type.Object({
  promptTokens: tokens('Tokens of the prompt, context and instructions included'),
  completionTokens: tokens('Tokens of the answer'),
  chargedTokens: tokens('What the call took from the quota'),
});

export const answerSchema = Type.Object({
  id,
  content: Type.String(),
  model: Type.String(),
  finishReason: Type.Enum([...finishReasons], { description: '`length`: it reached its limit' }),
  truncated: Type.Boolean({ description: 'The context or the text was cut, at a paragraph, to fit' }),
  usage: usageSchema,
  quota: Type.Object({
    remaining: tokens('What is left; only the limited grants when unlimited'),
    resetsAt: moment('The next midnight in Shanghai, when the daily grant comes again'),
    unlimited: Type.Boolean(),
  }),
});

const exampleId = '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11';
const exampleUsage = { promptTokens: 41, completionTokens: 18, chargedTokens: 59 };

export const writingExample = {
  text: '雪落在石阶上，落在剑上，也落在她的肩头。',
  instruction: '写得安静一些',
  maxTokens: 120,
};

export const answerExample: Static<typeof answerSchema> = {
  id: exampleId,
  content: '灯笼一盏一盏亮了，她没有答。',
  model: 'demo',
  finishReason: 'stop',
  truncated: false,
  usage: exampleUsage,
  quota: { remaining: 9_941, resetsAt: '2026-03-02T16:00:00.000Z', unlimited: false },
};

export const streamExample = [
  `id: 0\nevent: start\ndata: {"id":"${exampleId}"}\n\n`,
  'id: 7\nevent: delta\ndata: {"text":"灯笼一盏一盏亮"}\n\n',
  'id: 14\nevent: delta\ndata: {"text":"了，她没有答。"}\n\n',
  `id: 15\nevent: done\ndata: ${JSON.stringify(answerExample)}\n\n`,
].join('');

export const modelSchema = Type.Object({
  id: Type.String(),
  provider: Type.String(),
  default: Type.Boolean({ description: 'Used by a call that names none' }),
  inFactor: Type.Number({ description: 'Quota tokens for a prompt token' }),
  outFactor: Type.Number({ description: 'Quota tokens for a completion token' }),
  contextTokens: tokens('Prompt and answer together'),
  maxOutputTokens: tokens('Longest answer'),
});

export const modelExample: Static<typeof modelSchema> = {
  id: 'demo',
  provider: 'demo',
  default: true,
  inFactor: 1,
  outFactor: 1,
  contextTokens: 16_000,
  maxOutputTokens: 4_000,
};

export const providerSchema = Type.Object({
  name: Type.String(),
  kind: Type.String(),
  status: Type.Enum(['healthy', 'degraded', 'unhealthy']),
  models: Type.Array(Type.String()),
});

export const providerExample: Static<typeof providerSchema> = {
  name: 'demo',
  kind: 'demo',
  status: 'healthy',
  models: ['demo'],
};

export const callSchema = Type.Object({
  id,
  operation: Type.Enum([...operations]),
  model: Type.String(),
  state: Type.Enum(['running', 'done', 'failed', 'lost'], {
    description: '`lost`: the server that ran it died; what it had noted is charged',
  }),
  content: Type.String({ description: 'What was produced so far' }),
  finishReason: orNull(Type.Enum([...finishReasons]), 'Of a call that is done'),
  problem: orNull(Type.String(), 'Code of the problem that ended a failed call'),
  truncated: Type.Boolean(),
  usage: orNull(usageSchema, 'Of a call that was charged'),
  startedAt: moment('When its quota was reserved'),
  endedAt: orNull(moment('Moment'), 'When it was settled'),
});

export const callExample: Static<typeof callSchema> = {
  id: exampleId,
  operation: 'continue',
  model: 'demo',
  state: 'done',
  content: answerExample.content,
  finishReason: 'stop',
  problem: null,
  truncated: false,
  usage: exampleUsage,
  startedAt: '2026-03-01T17:20:04.120Z',
  endedAt: '2026-03-01T17:20:05.310Z',
};

export function callOf(row: CallRow, now: Date): Static<typeof callSchema> {
  const { prompt_tokens, completion_tokens, charged_tokens } = row;
  const charged = prompt_tokens !== null && completion_tokens !== null && charged_tokens !== null;
  const lost = row.state === 'running' && row.ends_by <= now;
  return {
    id: row.id,
    operation: row.operation as Static<typeof callSchema>['operation'],
    model: row.model,
    state: lost ? 'lost' : row.state,
    content: row.content,
    finishReason: row.finish_reason,
    problem: row.problem,
    truncated: row.truncated,
    usage: charged
      ? { promptTokens: prompt_tokens, completionTokens: completion_tokens, chargedTokens: charged_tokens }
      : null,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}
