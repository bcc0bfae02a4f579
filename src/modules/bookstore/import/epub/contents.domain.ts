import { type Element, first, within } from './markup.js';
import { lineOf, resolvePath } from './package.domain.js';

/** Where a chapter begins by the table of contents. */
export interface Start {
  readonly title: string;
  readonly volume: string | undefined;
}

/** Starts by file and, within it, by the id of the element; '' is the beginning of the file. */
export type Contents = ReadonlyMap<string, ReadonlyMap<string, Start>>;

/** An entry without text or target names what is below it all the same. */
interface Entry {
  readonly title: string | undefined;
  readonly href: string | undefined;
  readonly below: readonly Entry[];
}

/** EPUB 3: nested lists in the `nav` that is the table of contents. */
export function contentsOfNav(document: Element, path: string): Contents {
  const navs = [...within(document, 'nav')];
  const nav = navs.find(({ attributes }) => attributes['epub:type']?.split(/\s+/).includes('toc')) ?? navs[0];
  return collect(listEntries(nav?.children.find(({ name }) => name === 'ol')), path);
}

function listEntries(list: Element | undefined): Entry[] {
  return (list?.children ?? [])
    .filter(({ name }) => name === 'li')
    .map((item) => {
      const link = item.children.find(({ name }) => name === 'a');
      const label = link ?? item.children.find(({ name }) => name !== 'ol');
      const below = listEntries(item.children.find(({ name }) => name === 'ol'));
      return { title: lineOf(label), href: link?.attributes.href, below };
    });
}

/** EPUB 2: nested points. */
export function contentsOfNcx(document: Element, path: string): Contents {
  const map = first(document, 'navmap');
  return collect(map ? pointEntries(map) : [], path);
}

function pointEntries(parent: Element): Entry[] {
  return parent.children
    .filter(({ name }) => name === 'navpoint')
    .map((point) => ({
      title: lineOf(point.children.find(({ name }) => name === 'navlabel')),
      href: point.children.find(({ name }) => name === 'content')?.attributes.src,
      below: pointEntries(point),
    }));
}

function collect(entries: readonly Entry[], path: string): Contents {
  const files = new Map<string, Map<string, Start>>();
  const add = ({ title, href, below }: Entry, volume: string | undefined) => {
    const file = href === undefined ? undefined : resolvePath(path, href);
    if (file && href !== undefined && title) {
      const starts = files.get(file) ?? new Map<string, Start>();
      const hash = href.indexOf('#');
      // Where a volume and its first chapter begin in one place, the chapter comes later and counts.
      starts.set(hash < 0 ? '' : href.slice(hash + 1), { title, volume });
      files.set(file, starts);
    }
    for (const child of below) add(child, volume ?? title);
  };
  for (const entry of entries) add(entry, undefined);
  return files;
}
