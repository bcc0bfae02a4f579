/** How a payload is written; numbers never change their meaning. */
export const codecIds = { nothing: 0, msgpack: 1, json: 2, integer: 3 } as const;
export type CodecId = (typeof codecIds)[keyof typeof codecIds];

/** Moments on the clock of the world, since instances read each other's. */
export interface Lifetime {
  readonly freshUntilMs: number;
  readonly refreshAtMs: number;
  readonly staleUntilMs: number;
}

export interface Envelope extends Lifetime {
  readonly codec: CodecId;
  readonly isDeflated: boolean;
  /** Counted in Redis itself: no process may keep a copy. */
  readonly isLive: boolean;
  readonly tags: readonly string[];
  readonly payload: Buffer;
}

/**
 * What lies in Redis under a key: 40 bytes that say what it is, then tags and payload.
 *
 *     0     format of this header
 *     1-2   version of the namespace's values
 *     3-14  epoch of the namespace, ASCII: `clear` begins another one, and what carries an older one is gone
 *     15    codec, and flags: deflated 0x10, tags 0x20, live 0x40
 *     16    fresh until, 24 refresh at, 32 stale until: ms since 1970, doubles
 */
const formatVersion = 0xe1;
export const headerBytes = 40;
export const epochLength = 12;
export const epochAt = 3;
export const flagsAt = 15;
const deflatedFlag = 0x10;
const tagsFlag = 0x20;
export const liveFlag = 0x40;
const codecMask = 0x0f;

/** Whose entries an instance can read: the first bytes of theirs. */
export function prefixOf(version: number): Buffer {
  const prefix = Buffer.alloc(epochAt);
  prefix[0] = formatVersion;
  prefix.writeUInt16BE(version, 1);
  return prefix;
}

/** All that follows the epoch, which Redis puts in. */
export function sealEnvelope({
  codec,
  isDeflated,
  tags,
  payload,
  ...life
}: Omit<Envelope, 'isLive'>): Buffer {
  const tagText = tags.length > 0 ? Buffer.from(JSON.stringify(tags)) : undefined;
  const head = Buffer.alloc(headerBytes - flagsAt + (tagText ? 2 : 0));
  head[0] = codec | (isDeflated ? deflatedFlag : 0) | (tagText ? tagsFlag : 0);
  head.writeDoubleBE(life.freshUntilMs, 1);
  head.writeDoubleBE(life.refreshAtMs, 9);
  head.writeDoubleBE(life.staleUntilMs, 17);
  if (!tagText) return Buffer.concat([head, payload]);
  head.writeUInt16BE(tagText.length, 25);
  return Buffer.concat([head, tagText, payload]);
}

/** Undefined for what another release, another epoch or nobody of us wrote. */
export function openEnvelope(bytes: Buffer, prefix: Buffer, epoch: string): Envelope | undefined {
  if (bytes.length < headerBytes || bytes.toString('latin1', epochAt, flagsAt) !== epoch) return undefined;
  for (let at = 0; at < epochAt; at++) if (bytes[at] !== prefix[at]) return undefined;
  const flags = bytes[flagsAt] as number;
  let payloadAt = headerBytes;
  let tags: readonly string[] = [];
  if (flags & tagsFlag) {
    if (bytes.length < headerBytes + 2) return undefined;
    payloadAt += 2 + bytes.readUInt16BE(headerBytes);
    const known = tagsIn(bytes.toString('utf8', headerBytes + 2, payloadAt));
    if (!known) return undefined;
    tags = known;
  }
  return {
    codec: (flags & codecMask) as CodecId,
    isDeflated: (flags & deflatedFlag) !== 0,
    isLive: (flags & liveFlag) !== 0,
    freshUntilMs: bytes.readDoubleBE(16),
    refreshAtMs: bytes.readDoubleBE(24),
    staleUntilMs: bytes.readDoubleBE(32),
    tags,
    payload: bytes.subarray(payloadAt),
  };
}

function tagsIn(text: string): string[] | undefined {
  try {
    return JSON.parse(text) as string[];
  } catch {
    return undefined;
  }
}
