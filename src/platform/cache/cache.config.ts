import Type, { type Static } from 'typebox';

const milliseconds = (value: number, description: string, minimum = 1) =>
  Type.Integer({ default: value, minimum, maximum: 600_000, unit: 'ms', description });
const percent = (value: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum: 0, maximum, unit: 'percent', description });
const count = (value: number, unit: string, description: string, minimum = 1) =>
  Type.Integer({ default: value, minimum, maximum: 10_000_000, unit, description });

export const cacheConfig = Type.Object({
  memory: Type.Object({
    entriesMax: count(
      10_000,
      'entries',
      'Entries that a namespace holds in each process, unless it says otherwise.',
    ),
    bytesMax: Type.Integer({
      default: 16_777_216,
      minimum: 65_536,
      maximum: 17_179_869_184,
      unit: 'bytes',
      description: 'Bytes that they take, roughly, unless the namespace says otherwise.',
    }),
    ageMs: milliseconds(
      30_000,
      'Where there may be other instances, memory asks again after so long at the latest: the longest that a lost message can make an answer wrong.',
    ),
  }),
  jitterPercent: percent(
    10,
    50,
    'TTLs vary by so much, up and down, so that entries made together end apart.',
  ),
  refreshAfterPercent: percent(80, 100, 'Past this part of its TTL an entry is made anew in the background.'),
  graceMs: milliseconds(
    60_000,
    'So long past its end an entry may be answered while its source fails or is slow.',
    0,
  ),
  negativeTtlMs: milliseconds(10_000, '“There is nothing” is remembered for so long.', 0),
  softLimitMs: milliseconds(300, 'Whoever has a stale entry waits so long for a fresh one.'),
  hardLimitMs: milliseconds(10_000, 'Nobody waits longer than this for an entry.'),
  leaseMs: milliseconds(
    2_000,
    'A process that loads for all and is killed holds the others up for so long. Renewed while it lives.',
    100,
  ),
  loadsMax: count(64, 'loads', 'Loads that run at once in a process; further ones wait.'),
  loadsInOutageMax: count(16, 'loads', 'The same while Redis is configured and does not answer.'),
  loadsWaitingMax: count(10_000, 'loads', 'Loads that may wait for their turn; 503 beyond.'),
  entryBytesMax: Type.Integer({
    default: 1_048_576,
    minimum: 1_024,
    maximum: 67_108_864,
    unit: 'bytes',
    description: 'Larger values are not kept.',
  }),
  compressFromBytes: Type.Integer({
    default: 1_024,
    minimum: 64,
    maximum: 67_108_864,
    unit: 'bytes',
    description:
      'Values of this size and above are compressed in Redis when that makes them a tenth smaller.',
  }),
  redisPauseMs: milliseconds(1_000, 'After a failure Redis is left alone for so long, then asked once.'),
  rememberedMax: count(
    10_000,
    'changes',
    'Changes of a namespace that are remembered while Redis is away; beyond them all of it is forgotten.',
    0,
  ),
  tail: Type.Object({
    pollMs: milliseconds(500, 'Without Redis each instance asks the database for changes so often.', 50),
    keepMinutes: Type.Integer({
      default: 60,
      minimum: 5,
      maximum: 1_440,
      unit: 'minutes',
      description: 'Changes stay in the database for so long.',
    }),
  }),
});

export type CacheConfig = Static<typeof cacheConfig>;
