import type { Pause } from '../encoding.domain.js';
import type { PlannedBook } from '../read-book.domain.js';
import type { SplitLimits } from '../split.domain.js';
import { BookAssembly } from './assemble.domain.js';
import { type Contents, contentsOfNav, contentsOfNcx } from './contents.domain.js';
import { type EpubRefusal, EpubRefused } from './epub-refusal.js';
import { type Element, readTree } from './markup.js';
import { type EpubPackage, encryptsText, packagePath, readPackage } from './package.domain.js';
import { readPage } from './page-text.js';
import { ZipArchive, type ZipLimits } from './zip-archive.js';

export type ReadEpub =
  | { readonly ok: true; readonly book: PlannedBook }
  | { readonly ok: false; readonly refusal: EpubRefusal };

const mimetype = 'application/epub+zip';
const pageTypes = new Set(['application/xhtml+xml', 'text/html', 'application/xml']);
/** Licences and keys of Adobe, Apple and Readium. */
const protections = ['META-INF/rights.xml', 'META-INF/sinf.xml', 'META-INF/license.lcpl'];

/** Whether the file is an archive, so an EPUB if anything. */
export function isArchive(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;
}

/**
 * Reads an EPUB 2 or 3: the pages of its spine in their order, cut into chapters by its table of contents. What is
 * protected, damaged or swollen is refused whole. `pause` is awaited every few milliseconds of work.
 */
export async function readEpub(
  bytes: Uint8Array,
  limits: SplitLimits & ZipLimits,
  pause: Pause,
): Promise<ReadEpub> {
  try {
    const archive = await ZipArchive.open(bytes, limits, pause);
    return { ok: true, book: await new EpubReader(archive, limits, pause).read() };
  } catch (error) {
    if (error instanceof EpubRefused) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

class EpubReader {
  readonly #archive: ZipArchive;
  readonly #limits: SplitLimits;
  readonly #pause: Pause;

  constructor(archive: ZipArchive, limits: SplitLimits, pause: Pause) {
    this.#archive = archive;
    this.#limits = limits;
    this.#pause = pause;
  }

  async read(): Promise<PlannedBook> {
    await this.#checkKind();
    await this.#checkProtection();
    const path = packagePath(await this.#tree('META-INF/container.xml', 'xml'));
    if (path === undefined) throw incomplete('META-INF/container.xml');
    const opf = readPackage(await this.#tree(path, 'xml'), path);
    const contents = await this.#contents(opf);
    const assembly = new BookAssembly(contents, this.#limits);
    await this.#readSpine(opf, contents, assembly);
    return assembly.finish(opf);
  }

  async #checkKind(): Promise<void> {
    const kind = await this.#archive.read('mimetype');
    const named = kind && Buffer.from(kind.subarray(0, 100)).toString('latin1').trim();
    const missing = named === undefined && !this.#archive.has('META-INF/container.xml');
    if (missing || (named !== undefined && named !== mimetype)) throw new EpubRefused({ reason: 'not-epub' });
  }

  async #checkProtection(): Promise<void> {
    const encryption = 'META-INF/encryption.xml';
    const hidden = this.#archive.has(encryption) && encryptsText(await this.#tree(encryption, 'xml'));
    if (hidden || protections.some((name) => this.#archive.has(name))) {
      throw new EpubRefused({ reason: 'epub-protected' });
    }
  }

  /** Empty for a book without a table of contents: then the headings of its pages count. */
  async #contents({ nav, ncx }: EpubPackage): Promise<Contents> {
    if (nav && this.#archive.has(nav.path)) {
      const contents = contentsOfNav(await this.#tree(nav.path, 'html'), nav.path);
      if (contents.size > 0) return contents;
    }
    if (!ncx || !this.#archive.has(ncx.path)) return new Map();
    return contentsOfNcx(await this.#tree(ncx.path, 'xml'), ncx.path);
  }

  async #readSpine({ spine, nav }: EpubPackage, contents: Contents, assembly: BookAssembly): Promise<void> {
    for (const { path, mediaType } of spine) {
      if (path === nav?.path || !pageTypes.has(mediaType)) continue;
      const bytes = await this.#archive.read(path);
      if (!bytes) throw incomplete(path);
      const starts = new Set(contents.get(path)?.keys());
      assembly.add(path, await readPage({ name: path, bytes }, starts, this.#pause));
    }
  }

  async #tree(name: string, syntax: 'xml' | 'html'): Promise<Element> {
    const bytes = await this.#archive.read(name);
    if (!bytes) throw incomplete(name);
    return readTree({ name, bytes, syntax }, this.#pause);
  }
}

const incomplete = (file: string) => new EpubRefused({ reason: 'epub-incomplete', file });
