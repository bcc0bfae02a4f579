import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib';
import { Decoder, Encoder } from '@msgpack/msgpack';
import { type CodecId, codecIds, type Envelope } from './envelope.js';

export type CodecName = 'msgpack' | 'json';

interface CodecLimits {
  /** Of a payload before it is compressed. */
  readonly entryBytesMax: number;
  readonly compressFromBytes: number;
}

type Encoded = Pick<Envelope, 'codec' | 'isDeflated' | 'payload'>;

const encoder = new Encoder({ useBigInt64: true, ignoreUndefined: true, initialBufferSize: 4_096 });
const decoder = new Decoder({ useBigInt64: true });
const none: Encoded = { codec: codecIds.nothing, isDeflated: false, payload: Buffer.alloc(0) };
/** Compressing this much takes about a millisecond: more of it goes to another thread. */
const syncBytesMax = 65_536;
const worthwhile = 0.9;
const level = constants.Z_BEST_SPEED;
const deflateLater = promisify(deflateRaw) as (bytes: Buffer, options: object) => Promise<Buffer>;
const inflateLater = promisify(inflateRaw) as (bytes: Buffer, options: object) => Promise<Buffer>;

/** Too large to be kept. */
export class OversizedError extends RangeError {
  override readonly name = 'OversizedError';
}

/** Writes and reads values; what it cannot read it says so, and never guesses. */
export class Codec {
  readonly #name: CodecName;
  readonly #limits: CodecLimits;

  constructor(name: CodecName, limits: CodecLimits) {
    this.#name = name;
    this.#limits = limits;
  }

  /** Of plain data; undefined is "there is nothing". Raises an OversizedError. */
  async encode(value: unknown): Promise<Encoded> {
    if (value === undefined) return none;
    const { entryBytesMax, compressFromBytes } = this.#limits;
    const { codec, payload } = this.#write(value);
    if (payload.length > entryBytesMax) {
      throw new OversizedError(
        `The cache takes at most ${entryBytesMax} bytes a value (cache.entryBytesMax); this one has ${payload.length}.`,
      );
    }
    if (payload.length < compressFromBytes) return { codec, isDeflated: false, payload };
    const deflated =
      payload.length > syncBytesMax
        ? await deflateLater(payload, { level })
        : deflateRawSync(payload, { level });
    const pays = deflated.length < payload.length * worthwhile;
    return { codec, isDeflated: pays, payload: pays ? deflated : payload };
  }

  /** Throws or rejects when the payload is damaged. At once for what is not compressed, or little. */
  decode({ codec, isDeflated, payload }: Encoded): unknown {
    if (!isDeflated) return read(codec, payload);
    const options = { maxOutputLength: this.#limits.entryBytesMax };
    if (payload.length <= syncBytesMax / 4) return read(codec, inflateRawSync(payload, options));
    return inflateLater(payload, options).then((inflated) => read(codec, inflated));
  }

  #write(value: unknown): { codec: CodecId; payload: Buffer } {
    // As Redis counts.
    if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) {
      return { codec: codecIds.integer, payload: Buffer.from(String(value)) };
    }
    if (this.#name === 'json') {
      return { codec: codecIds.json, payload: Buffer.from(JSON.stringify(value)) };
    }
    const bytes = encoder.encode(value);
    return {
      codec: codecIds.msgpack,
      payload: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    };
  }
}

function read(codec: CodecId, payload: Buffer): unknown {
  switch (codec) {
    case codecIds.nothing:
      return undefined;
    case codecIds.msgpack:
      // Not a Buffer, or the bytes in the value would be Buffers.
      return decoder.decode(new Uint8Array(payload.buffer, payload.byteOffset, payload.length));
    case codecIds.json:
      return JSON.parse(payload.toString());
    case codecIds.integer:
      return Number(payload.toString());
    default:
      throw new Error(`codec ${codec} is not known`);
  }
}
