import Type from 'typebox';

const NamespaceName = Type.String({
  pattern: '^[a-z][a-z0-9-]{0,63}$',
  description: 'The name of a namespace',
});
const count = (description: string) => Type.Integer({ description });

const Reads = Type.Object(
  {
    hit: count('Answered with a value'),
    miss: count('Looked for further on'),
    stale: count('Answered past its end, because its source failed or was slow'),
    negative: count('There is known to be nothing'),
    error: count('Did not answer'),
  },
  { title: 'CacheReads' },
);

const Namespace = Type.Object({
  name: NamespaceName,
  entries: count('In the memory of this instance'),
  entriesMax: count('No more of them are held'),
  bytes: count('What they take, roughly'),
  bytesMax: count('They take no more'),
  evictions: count('Dropped for want of room since the start'),
  hitRate: Type.Union([Type.Number(), Type.Null()], {
    description: 'The part of all reads since the start that asked no source; `null` before the first',
  }),
  reads: Type.Object({ memory: Reads, redis: Reads, source: Reads }),
  loads: count('How often the source was asked'),
  loadSeconds: Type.Number({ description: 'How long it took in all' }),
  coalesced: count('Callers who got what another one loaded'),
  superseded: count('Loaded values not kept, because a change came between'),
  pendingChanges: count('Changes that Redis has not been told yet'),
});

export const CacheAnswer = Type.Object({
  redis: Type.Enum(['not-configured', 'up', 'down']),
  changesBy: Type.Enum(['redis', 'database', 'none'], {
    description: 'How the instances hear of each other’s changes',
  }),
  loadsRunning: count('Loads that run now'),
  loadsWaiting: count('Loads that wait for their turn'),
  items: Type.Array(Namespace),
});

export const CacheQuery = Type.Object({
  namespace: Type.Optional(
    Type.Intersect([NamespaceName], { description: 'Only this one; without it all of them are emptied' }),
  ),
});
