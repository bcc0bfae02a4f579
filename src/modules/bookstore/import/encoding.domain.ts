import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { commonCharacters } from './common-characters.js';

export type Encoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'GB18030' | 'Big5';

export type Decoded =
  | { readonly ok: true; readonly text: string; readonly encoding: Encoding }
  | { readonly ok: false; readonly refusal: DecodeRefusal };

export type DecodeRefusal =
  | { readonly reason: 'empty' }
  /** `kind` says what the bytes look like: `ZIP or EPUB`, `PDF` ... */
  | { readonly reason: 'not-text'; readonly kind: string }
  /** It is this encoding, but not all of it: the byte at `offset` (from 0) fits none of its characters. */
  | { readonly reason: 'damaged'; readonly encoding: Encoding; readonly offset: number }
  | { readonly reason: 'unknown-encoding' };

/** Lets the event loop breathe; called about every `sliceBytes` of work. */
export type Pause = () => Promise<void>;

const sliceBytes = 4 * 1024 * 1024;
const sampleBytes = 64 * 1024;
/** At least this share of the sample's characters is common in real text, classical prose included. */
const commonShareMin = 0.25;
/** Fewer characters than this prove little: more of them have to be common. */
const shortSampleCharacters = 12;
const commonShareMinShort = 0.4;
/** How far the best reading must lead the next one, or nobody can tell. */
const commonShareLead = 0.12;
/** That many characters of three bytes or more in valid UTF-8 are no accident of another encoding. */
const longSequencesForProof = 3;
const replacement = '\ufffd';

const byteOrderMarks: readonly { bytes: readonly number[]; encoding: Encoding }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'UTF-8' },
  { bytes: [0xff, 0xfe], encoding: 'UTF-16LE' },
  { bytes: [0xfe, 0xff], encoding: 'UTF-16BE' },
  { bytes: [0x84, 0x31, 0x95, 0x33], encoding: 'GB18030' },
];

const signatures: readonly { starts: string; kind: string }[] = [
  { starts: 'PK\u0003\u0004', kind: 'ZIP or EPUB' },
  { starts: '%PDF-', kind: 'PDF' },
  { starts: '{\\rtf', kind: 'RTF' },
  { starts: '<!DOCTYPE', kind: 'HTML' },
  { starts: '<html', kind: 'HTML' },
];

/**
 * Reads the bytes of a plain text. The encoding is the byte order mark's, else UTF-8 when the bytes
 * are valid UTF-8, else whichever of GB18030 and Big5 decodes without a fault *and* reads like Chinese.
 * Whatever stays doubtful is refused: a book full of wrong characters is worse than none.
 */
export async function decodeText(bytes: Uint8Array, pause: Pause): Promise<Decoded> {
  if (bytes.length === 0) return { ok: false, refusal: { reason: 'empty' } };
  const mark = byteOrderMarks.find((m) => m.bytes.every((byte, i) => bytes[i] === byte));
  if (mark) return decodeAs(mark.encoding, bytes.subarray(mark.bytes.length), mark.bytes.length, pause);
  const kind = signatureOf(bytes);
  if (kind) return { ok: false, refusal: { reason: 'not-text', kind } };
  const guess = guessEncoding(bytes);
  if (guess) return decodeAs(guess, bytes, 0, pause);
  return { ok: false, refusal: { reason: 'unknown-encoding' } };
}

function signatureOf(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const known = signatures.find((s) => start.toLowerCase().startsWith(s.starts.toLowerCase()));
  if (known) return known.kind;
  // Text of the supported encodings has no zero bytes; UTF-16 without its mark is half of them.
  const sample = bytes.subarray(0, sampleBytes);
  let zeros = 0;
  for (const byte of sample) if (byte === 0) zeros += 1;
  return zeros * 100 > sample.length ? 'binary data or UTF-16 without a byte order mark' : undefined;
}

function guessEncoding(bytes: Uint8Array): Encoding | undefined {
  const first = bytes.findIndex((byte) => byte >= 0x80);
  if (first < 0) return 'UTF-8';
  const sample = bytes.subarray(first, first + sampleBytes);
  const cutOff = first + sampleBytes < bytes.length;
  const readings = (['UTF-8', 'GB18030', 'Big5'] as const).flatMap((encoding) =>
    read(sample, cutOff, encoding),
  );
  const utf8 = readings.find((r) => r.encoding === 'UTF-8');
  if (utf8 && utf8.longSequences >= longSequencesForProof) return 'UTF-8';
  return mostLikely(readings) ?? utf8?.encoding;
}

interface Reading {
  readonly encoding: Encoding;
  readonly commonShare: number;
  readonly characters: number;
  readonly longSequences: number;
}

/** One way to read the sample, or nothing when its bytes forbid it. A few faults pass here: `decodeAs` names them. */
function read(sample: Uint8Array, cutOff: boolean, encoding: Encoding): Reading[] {
  const decoder = lenientDecoder(encoding);
  let text = decoder.write(sample) + decoder.end();
  if (cutOff) text = text.slice(0, -4);
  let [characters, common, faults, longSequences] = [0, 0, 0, 0];
  for (const character of text) {
    if (character < '\u0080') continue;
    characters += 1;
    if (commonCharacters.has(character)) common += 1;
    if (character === replacement) faults += 1;
    else if (character >= '\u0800') longSequences += 1;
  }
  if (faults * 500 > characters && !(encoding === 'UTF-8' && isUtf8(sample))) return [];
  return [{ encoding, characters, longSequences, commonShare: common / Math.max(characters, 1) }];
}

function mostLikely(readings: readonly Reading[]): Encoding | undefined {
  const [best, next] = readings.toSorted((a, b) => b.commonShare - a.commonShare);
  if (!best) return undefined;
  const needed = best.characters < shortSampleCharacters ? commonShareMinShort : commonShareMin;
  if (best.commonShare < needed) return undefined;
  return best.commonShare - (next?.commonShare ?? 0) >= commonShareLead ? best.encoding : undefined;
}

async function decodeAs(
  encoding: Encoding,
  bytes: Uint8Array,
  skipped: number,
  pause: Pause,
): Promise<Decoded> {
  const decoder = lenientDecoder(encoding);
  let text = '';
  for (let at = 0; at < bytes.length; at += sliceBytes) {
    text += decoder.write(bytes.subarray(at, at + sliceBytes));
    await pause();
  }
  text += decoder.end();
  const fault = firstFault(text, bytes, encoding);
  if (fault === undefined) return { ok: true, text, encoding };
  return { ok: false, refusal: { reason: 'damaged', encoding, offset: skipped + fault } };
}

interface Decoder {
  write(bytes: Uint8Array): string;
  end(): string;
}

/** Puts U+FFFD where bytes are no character. */
function lenientDecoder(encoding: Encoding): Decoder {
  if (encoding === 'GB18030' || encoding === 'Big5') {
    const legacy = iconv.getDecoder(encoding);
    return { write: (bytes) => legacy.write(Buffer.from(bytes)), end: () => legacy.end() ?? '' };
  }
  const unicode = new TextDecoder(encoding, { ignoreBOM: true });
  return { write: (bytes) => unicode.decode(bytes, { stream: true }), end: () => unicode.decode() };
}

/** The offset of the first byte that is no character; U+FFFD written as such by the author is none. */
function firstFault(text: string, bytes: Uint8Array, encoding: Encoding): number | undefined {
  if (encoding === 'UTF-8' && isUtf8(bytes)) return undefined;
  const suspect = text.indexOf(replacement);
  if (suspect < 0) return undefined;
  if (encoding === 'GB18030' || encoding === 'Big5')
    return iconv.encode(text.slice(0, suspect), encoding).length;
  const again = iconv.encode(text, encoding, { addBOM: false });
  const differs = again.findIndex((byte, i) => byte !== bytes[i]);
  if (differs >= 0) return differs;
  return again.length === bytes.length ? undefined : again.length;
}
