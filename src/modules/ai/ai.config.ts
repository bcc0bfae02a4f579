import Type, { type Static } from 'typebox';

const tokens = (value: number, minimum: number, description: string) =>
  Type.Integer({ default: value, minimum, maximum: 10_000_000, unit: 'tokens', description });
const thousandths = (description: string) =>
  Type.Integer({ default: 1000, minimum: 0, maximum: 1_000_000, unit: 'thousandths', description });
const ms = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum, maximum, unit: 'ms', description });
const characters = (value: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum: 1, maximum, unit: 'characters', description });

/** Written out whole: the schema's default must be what the schema accepts. */
const demoModel = {
  id: 'demo',
  inFactorThousandths: 1000,
  outFactorThousandths: 1000,
  contextTokens: 16_000,
  maxOutputTokens: 4_000,
};
const demoProvider = { name: 'demo', kind: 'demo', tokensPerSecond: 200, models: [demoModel] };

const model = Type.Object(
  {
    id: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$',
      description: 'Name of the model, as clients and metrics see it.',
    }),
    inFactorThousandths: thousandths('Quota tokens that 1 000 prompt tokens cost.'),
    outFactorThousandths: thousandths('Quota tokens that 1 000 completion tokens cost.'),
    contextTokens: tokens(demoModel.contextTokens, 256, 'Prompt and completion together.'),
    maxOutputTokens: tokens(demoModel.maxOutputTokens, 16, 'Longest completion.'),
  },
  { additionalProperties: false },
);

const provider = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
      description: 'Name of the provider, unique.',
    }),
    kind: Type.Literal('demo', {
      description:
        '`demo` continues a text offline by its own character statistics. No other kind is built yet.',
    }),
    tokensPerSecond: Type.Integer({
      default: demoProvider.tokensPerSecond,
      minimum: 0,
      maximum: 100_000,
      unit: 'tokens/s',
      description: 'Pace of the demo stream; 0 streams as fast as the client reads.',
    }),
    models: Type.Array(model, { minItems: 1, maxItems: 50, default: [demoModel] }),
  },
  { additionalProperties: false },
);

export const aiConfig = Type.Object(
  {
    providers: Type.Array(provider, {
      maxItems: 20,
      default: [demoProvider],
      description: 'Providers of models; the first model of the first one is the default.',
    }),
    textCharsMax: characters(50_000, 80_000, 'Longest `text` of a call.'),
    instructionCharsMax: characters(2_000, 20_000, 'Longest `instruction` of a call.'),
    promptMarginThousandths: Type.Integer({
      default: 1200,
      minimum: 1000,
      maximum: 10_000,
      unit: 'thousandths',
      description: 'Prompt tokens reserved for 1 000 that we count, since providers count otherwise.',
    }),
    answerTokensDefault: tokens(
      500,
      16,
      'Completion tokens that a chapter taken as context leaves room for when the call names none.',
    ),
    firstTokenLimitMs: ms(30_000, 1, 300_000, 'A provider that has sent no text by then has failed.'),
    idleLimitMs: ms(30_000, 1, 300_000, 'A provider silent for so long in the middle of a text has failed.'),
    totalLimitMs: ms(300_000, 1, 540_000, 'Longest call. Keep it below the life of a quota reservation.'),
    disconnectRunMs: ms(10_000, 0, 300_000, 'A call goes on for so long after its client left.'),
    noteIntervalMs: ms(1_000, 1, 60_000, 'Usage is noted this often, for the case that the process dies.'),
    noteTokens: tokens(200, 1, 'Usage is also noted after so many further tokens.'),
    settleRetriesMax: Type.Integer({
      default: 4,
      minimum: 0,
      maximum: 6,
      unit: 'attempts',
      description:
        'Further attempts to settle a call, after 50, 200, 800 … ms; then its reservation ends by itself.',
    }),
    callsMax: Type.Integer({
      default: 1_000,
      minimum: 1,
      maximum: 100_000,
      unit: 'calls',
      description: 'Calls that one process runs at once; further ones answer 503.',
    }),
    tokenizerIdleMs: ms(60_000, 1, 86_400_000, 'The tokenizer frees its 60 MB after so long without work.'),
    tokenizerDeadlineMs: ms(10_000, 1, 60_000, 'Texts not counted by then are estimated.'),
  },
  { additionalProperties: false },
);

export type AiConfig = Static<typeof aiConfig>;
