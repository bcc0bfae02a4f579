import { type Element, first, within } from './markup.js';

export interface Item {
  /** Name in the archive. */
  readonly path: string;
  readonly mediaType: string;
  readonly properties: readonly string[];
}

/** What the package document says about a book. */
export interface EpubPackage {
  readonly title: string | undefined;
  readonly author: string | undefined;
  readonly introduction: string | undefined;
  /** What is read, in its order; each once. */
  readonly spine: readonly Item[];
  /** EPUB 3's table of contents. */
  readonly nav: Item | undefined;
  /** EPUB 2's. */
  readonly ncx: Item | undefined;
}

/** Schemes that hide fonts only. */
const fontSchemes = new Set(['http://www.idpf.org/2008/embedding', 'http://ns.adobe.com/pdf/enc#RC']);

/** Whether `META-INF/encryption.xml` tells of more than hidden fonts. */
export function encryptsText(encryption: Element): boolean {
  return [...within(encryption, 'encrypteddata')].some((data) => {
    const algorithm = first(data, 'encryptionmethod')?.attributes.Algorithm ?? '';
    return !fontSchemes.has(algorithm);
  });
}

/** The name of the package document. */
export function packagePath(container: Element): string | undefined {
  for (const { attributes } of within(container, 'rootfile')) {
    const path = attributes['full-path'];
    if (path && attributes['media-type'] === 'application/oebps-package+xml') return resolvePath('', path);
  }
  return undefined;
}

export function readPackage(document: Element, path: string): EpubPackage {
  const metadata = first(document, 'metadata');
  const items = new Map<string, Item>();
  for (const { attributes } of within(first(document, 'manifest') ?? document, 'item')) {
    const { id, href, properties = '', 'media-type': mediaType = '' } = attributes;
    const target = href === undefined ? undefined : resolvePath(path, href);
    if (id && target) items.set(id, { path: target, mediaType, properties: properties.split(/\s+/) });
  }
  const spine = first(document, 'spine');
  const read = spine ? [...within(spine, 'itemref')] : [];
  const linear = read.filter(({ attributes }) => attributes.linear !== 'no');
  const ncx = items.get(spine?.attributes.toc ?? '');
  return {
    title: lineOf(first(metadata, 'title')),
    author: lineOf(first(metadata, 'creator')),
    introduction: lineOf(first(metadata, 'description')),
    spine: [...new Set(linear.flatMap(({ attributes }) => items.get(attributes.idref ?? '') ?? []))],
    nav: [...items.values()].find(({ properties }) => properties.includes('nav')),
    ncx: ncx ?? [...items.values()].find(({ mediaType }) => mediaType === 'application/x-dtbncx+xml'),
  };
}

export function lineOf(element: Element | undefined): string | undefined {
  const line = element?.text
    .replace(/<[^>]{0,200}>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line === '' ? undefined : line;
}

/** The name in the archive that `href` in the file `from` points to; undefined for one outside. */
export function resolvePath(from: string, href: string): string | undefined {
  const [target = ''] = href.split(/[?#]/, 1);
  if (/^[a-z][a-z0-9+.-]*:/i.test(target) || target.startsWith('/')) return undefined;
  const steps = from.split('/').slice(0, -1);
  for (const step of decoded(target).split('/')) {
    if (step === '..' && steps.pop() === undefined) return undefined;
    if (step !== '..' && step !== '.' && step !== '') steps.push(step);
  }
  return steps.length === 0 ? undefined : steps.join('/');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
