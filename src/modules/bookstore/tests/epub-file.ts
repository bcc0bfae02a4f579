import { crc32, deflateRawSync } from 'node:zlib';

/** A file of an archive, with lies for those who want to tell some. */
export interface ZipFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly encrypted?: boolean;
  readonly crc?: number;
  readonly size?: number;
}

export function zipOf(files: readonly ZipFile[]): Buffer {
  const [parts, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { name, content, encrypted = false, ...lies } of files) {
    const bytes = Buffer.from(content as string);
    const packed = deflateRawSync(bytes);
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(0x800 | (encrypted ? 1 : 0), 2);
    header.writeUInt16LE(8, 4);
    header.writeUInt32LE(lies.crc ?? crc32(bytes), 10);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(lies.size ?? bytes.length, 18);
    header.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), header, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), header, tail, Buffer.from(name));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06'), end]);
}

export const mimetype: ZipFile = { name: 'mimetype', content: 'application/epub+zip' };
export const container: ZipFile = {
  name: 'META-INF/container.xml',
  content: `<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
    <rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
};

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

export function pageOf(title: string, text: string): string {
  const lines = text.split('\n').map((line) => `<p>${line === '' ? '&#160;' : escaped(line)}</p>`);
  return `<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>
    <html xmlns="http://www.w3.org/1999/xhtml"><head><title>${escaped(title)}</title></head>
    <body><h2>${escaped(title)}</h2>\n${lines.join('\n')}</body></html>`;
}

/** The package document over these pages, in this order. */
export function packageOf(pages: readonly string[], extra = ''): ZipFile {
  const items = pages.map(
    (page, i) => `<item id="p${i}" href="${page}" media-type="application/xhtml+xml"/>`,
  );
  return {
    name: 'OEBPS/book.opf',
    content: `<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
      <metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>夜渡</dc:title><dc:creator>陈一</dc:creator></metadata>
      <manifest>${items.join('')}${extra}</manifest>
      <spine toc="ncx">${pages.map((_, i) => `<itemref idref="p${i}"/>`).join('')}</spine></package>`,
  };
}

export interface WrittenChapter {
  readonly title: string;
  readonly text: string;
}

/** An EPUB 3 with a page for each chapter, listed in its `nav`; with `ncx` an EPUB 2. */
export function epubOf(
  chapters: readonly WrittenChapter[],
  contents: 'nav' | 'ncx' | 'none' = 'nav',
): Buffer {
  const pages = chapters.map((_, i) => `text/c${i + 1}.xhtml`);
  const links = chapters.map(({ title }, i) => `<li><a href="${pages[i]}">${escaped(title)}</a></li>`);
  const nav = `<html xmlns:epub="http://www.idpf.org/2007/ops"><body><nav epub:type="toc"><ol>${links.join('')}</ol></nav></body></html>`;
  const points = chapters.map(
    ({ title }, i) =>
      `<navPoint><navLabel><text>${escaped(title)}</text></navLabel><content src="${pages[i]}"/></navPoint>`,
  );
  const extra = {
    none: '',
    nav: '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
    ncx: '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>',
  }[contents];
  return zipOf([
    mimetype,
    container,
    packageOf(pages, extra),
    { name: 'OEBPS/nav.xhtml', content: nav },
    { name: 'OEBPS/toc.ncx', content: `<ncx><navMap>${points.join('')}</navMap></ncx>` },
    ...chapters.map(({ title, text }, i) => ({ name: `OEBPS/${pages[i]}`, content: pageOf(title, text) })),
  ]);
}
