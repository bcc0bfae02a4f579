import { randomFillSync } from 'node:crypto';

/** A span of ours within a trace (W3C Trace Context, https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits, new for each call. */
  readonly spanId: string;
  /** The caller's span; absent when the trace begins here. */
  readonly parentSpanId?: string;
  readonly sampled: boolean;
  /** The header for calls made on behalf of this span. */
  readonly traceparent: string;
}

const traceparentPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const traceparentLengthMax = 512;
const allZero = /^0+$/;

/** Continues the trace of a `traceparent` header; a missing or malformed one starts a trace of its own. */
export function traceContext(header?: string | readonly string[]): TraceContext {
  const parent = typeof header === 'string' ? parseTraceparent(header) : undefined;
  const traceId = parent?.traceId ?? randomHex(16);
  const spanId = randomHex(8);
  const sampled = parent?.sampled ?? false;
  return {
    traceId,
    spanId,
    ...(parent && { parentSpanId: parent.spanId }),
    sampled,
    traceparent: `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`,
  };
}

/** Drawn for many ids at once, since a draw costs more than its bytes. */
const random = Buffer.alloc(4_096);
let randomUsed = random.length;

function randomHex(bytes: number): string {
  if (randomUsed + bytes > random.length) {
    randomFillSync(random);
    randomUsed = 0;
  }
  randomUsed += bytes;
  return random.toString('hex', randomUsed - bytes, randomUsed);
}

function parseTraceparent(header: string) {
  if (header.length > traceparentLengthMax) return undefined;
  const [, version, traceId, spanId, flags, rest] = traceparentPattern.exec(header) ?? [];
  if (!version || !traceId || !spanId || !flags) return undefined;
  // Later versions may append fields; version 00 has none, and ff is forbidden.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (allZero.test(traceId) || allZero.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
