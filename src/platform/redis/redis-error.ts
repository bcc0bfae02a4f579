/** An error that the server answered with: its code (`OOM`, `WRONGTYPE`, …) and its words, and nothing else. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
  readonly code: string;

  constructor(message: string) {
    // Redis repeats the arguments of a command that it does not know; they may be anybody's.
    super(message.replace(/,? with args beginning with:.*/s, ''));
    this.code = /^[A-Z][A-Z0-9_]*(?= |$)/.exec(message)?.[0] ?? 'ERR';
  }
}

/** ioredis hangs the command with its arguments on an error: those of AUTH must not travel further. */
export function asRedisError(error: unknown): RedisError | undefined {
  const isAnswer = error instanceof Error && (error.name === 'ReplyError' || error.name === 'ErrorReply');
  return isAnswer ? new RedisError(error.message) : undefined;
}

/** The server is there and cannot serve: it loads, follows another one, lost it, or no longer knows us. */
const notReadyCodes = new Set([
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'BUSY',
  'NOAUTH',
  'WRONGPASS',
]);

export function isNotReady(error: RedisError): boolean {
  return notReadyCodes.has(error.code);
}

const advice: Readonly<Record<string, string>> = {
  NOAUTH: 'it wants a password: set redis.password, or put it into redis.url',
  WRONGPASS: 'it refuses the user or the password: check redis.username and redis.password, or redis.url',
  NOPERM:
    'the ACL user lacks a permission: allow it the keys and channels of redis.keyPrefix and +@all -@dangerous',
  READONLY: 'it is a read-only replica: let redis.url name the primary',
  LOADING: 'it loads its data',
  MASTERDOWN: 'it is a replica that lost its primary',
  BUSY: 'a script keeps it busy',
  MISCONF: 'it refuses writes because it cannot save its data',
};

/** One line for an operator. */
export function explain(error: Error): string {
  if (!(error instanceof RedisError)) return error.message;
  const help = advice[error.code];
  return help === undefined ? error.message : `${help} (${error.message})`;
}
