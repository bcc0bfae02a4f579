import { type Handler, Parser } from 'htmlparser2';
import { decodeText, type Pause } from '../encoding.domain.js';
import { EpubRefused } from './epub-refusal.js';

const charactersPerSlice = 262_144;
/** Nobody writes a book deeper than this, and looking for the end of a tag takes longer the deeper it stands. */
const depthMax = 256;

export interface MarkupFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** `xml` keeps names as they are written; `html` knows the entities of pages and forgives more. */
  readonly syntax: 'xml' | 'html';
}

export interface MarkupReader {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text(text: string): void;
  close(name: string): void;
}

/**
 * Reads markup piece by piece. Declarations are passed over: an entity that a document declares stays the name that
 * stands in the text, so that nothing outside of the file is ever read and nothing swells. Raises `EpubRefused` for
 * bytes that are no text and for nesting beyond any sense.
 */
export async function readMarkup(
  { name, bytes, syntax }: MarkupFile,
  reader: MarkupReader,
  pause: Pause,
): Promise<void> {
  const text = await markupText(name, bytes, pause);
  let depth = 0;
  const handler: Partial<Handler> = {
    onopentag(tag, attributes) {
      depth += 1;
      if (depth > depthMax) throw new EpubRefused({ reason: 'epub-damaged', file: name });
      reader.open(tag, attributes);
    },
    ontext: (piece) => reader.text(piece),
    onclosetag(tag) {
      depth -= 1;
      reader.close(tag);
    },
  };
  const parser = new Parser(handler, {
    xmlMode: syntax === 'xml',
    recognizeSelfClosing: true,
    recognizeCDATA: true,
  });
  for (let at = 0; at < text.length; at += charactersPerSlice) {
    parser.write(text.slice(at, at + charactersPerSlice));
    await pause();
  }
  parser.end();
}

async function markupText(name: string, bytes: Uint8Array, pause: Pause): Promise<string> {
  if (bytes.length === 0) return '';
  // A page says what it is where a plain text may not begin so.
  const page = startsWith(bytes, '<!DOCTYPE') || startsWith(bytes, '<html');
  const decoded = await decodeText(page ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes, pause);
  if (!decoded.ok) throw new EpubRefused({ reason: 'epub-damaged', file: name });
  return decoded.text;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).toString('latin1').toLowerCase() === text.toLowerCase();
}

export interface Element {
  /** In small letters and without the prefix of its namespace. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  /** Its own text and that of everything within. */
  text: string;
}

const elementsMax = 1_000_000;

/** A small document as a tree, under a root of its own. */
export async function readTree(file: MarkupFile, pause: Pause): Promise<Element> {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const path = [root];
  let elements = 0;
  const reader: MarkupReader = {
    open(name, attributes) {
      elements += 1;
      if (elements > elementsMax) throw new EpubRefused({ reason: 'epub-too-large' });
      const element = { name: localName(name), attributes, children: [], text: '' };
      path.at(-1)?.children.push(element);
      path.push(element);
    },
    text(text) {
      const element = path.at(-1);
      if (element) element.text += text;
    },
    close() {
      const element = path.pop();
      const parent = path.at(-1);
      // Not to the root: the text of a whole document is nothing that anybody asks for.
      if (element && parent && parent !== root) parent.text += element.text.slice(0, textMax);
    },
  };
  await readMarkup(file, reader, pause);
  return root;
}

/** Names and descriptions are shorter; without it each level of nesting copies all below it. */
const textMax = 4_000;

const localName = (name: string) => name.slice(name.indexOf(':') + 1).toLowerCase();

/** All elements of this name below `element`, in the order of the document. */
export function* within(element: Element, name: string): Generator<Element> {
  for (const child of element.children) {
    if (child.name === name) yield child;
    yield* within(child, name);
  }
}

/** The first element of this name below `element`. */
export function first(element: Element | undefined, name: string): Element | undefined {
  if (!element) return undefined;
  for (const found of within(element, name)) return found;
  return undefined;
}
