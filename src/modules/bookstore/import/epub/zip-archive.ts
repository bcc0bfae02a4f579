import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import type { Pause } from '../encoding.domain.js';
import { EpubRefused } from './epub-refusal.js';

export interface ZipLimits {
  readonly entriesMax: number;
  /** Of everything that is read out of the archive, whatever its directory promises. */
  readonly unpackedBytesMax: number;
}

/** Text packs about 3 : 1. What promises more than this is a bomb, unless it is small. */
const ratioMax = 200;
const ratioFreeBytes = 16 * 1024 * 1024;
const entriesPerSlice = 500;

/**
 * The files of a zip archive in memory. Only what is asked for is unpacked, by stream, never to disk. Raises
 * `EpubRefused` for an archive or a file that is damaged, encrypted or larger than the limits.
 */
export class ZipArchive {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  #bytesLeft: number;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>, unpackedBytesMax: number) {
    this.#zip = zip;
    this.#entries = entries;
    this.#bytesLeft = unpackedBytesMax;
  }

  static async open(bytes: Uint8Array, limits: ZipLimits, pause: Pause): Promise<ZipArchive> {
    const entries = new Map<string, Entry>();
    try {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const zip = await fromBufferPromise(buffer, { lazyEntries: true, autoClose: false });
      if (zip.entryCount > limits.entriesMax) throw new EpubRefused({ reason: 'epub-too-large' });
      for await (const entry of zip.eachEntry()) {
        if (entries.size % entriesPerSlice === 0) await pause();
        // Two files of one name: which of them is meant is anybody's guess.
        if (entries.has(entry.fileName)) throw damaged(entry.fileName);
        entries.set(entry.fileName, entry);
      }
      return new ZipArchive(zip, entries, limits.unpackedBytesMax);
    } catch (error) {
      throw error instanceof EpubRefused ? error : damaged('', error);
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  names(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** The content of a file; undefined when there is none of this name. */
  async read(name: string): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    if (entry.isEncrypted()) throw new EpubRefused({ reason: 'epub-protected' });
    const { uncompressedSize, compressedSize } = entry;
    const swollen = uncompressedSize > ratioFreeBytes && uncompressedSize > compressedSize * ratioMax;
    if (swollen || uncompressedSize > this.#bytesLeft) throw new EpubRefused({ reason: 'epub-too-large' });
    this.#bytesLeft -= uncompressedSize;
    const content = await this.#unpack(entry);
    if (crc32(content) !== entry.crc32) throw damaged(name);
    return content;
  }

  async #unpack(entry: Entry): Promise<Buffer> {
    const chunks: Buffer[] = [];
    try {
      // It ends with an error at the first byte beyond the size that the directory promises.
      for await (const chunk of await this.#zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    } catch (error) {
      throw damaged(entry.fileName, error);
    }
    return Buffer.concat(chunks);
  }
}

const damaged = (file: string, cause?: unknown) => new EpubRefused({ reason: 'epub-damaged', file }, cause);
