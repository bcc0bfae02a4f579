import { posix } from 'node:path';
import type { Check } from './check.js';
import type { Source } from './source.js';

const link = /\[[^\]]*\]\(([^()\s]+)\)/g;
const script = /\bnpm (?:run(?:-script)? ([\w:.-]+)|(test|start)(?![\w-]))/g;

/** Checks that look at more than one file need to know what else there is. */
export function documentChecks(
  sources: readonly Source[],
  scripts: Readonly<Record<string, string>>,
): Check[] {
  const known = new Set<string>(['.']);
  for (const { path } of sources) {
    for (let at = path; at !== '.'; at = posix.dirname(at)) known.add(at);
  }
  return [
    {
      name: 'dead-link',
      advice: 'Link to what is there, relative to the document.',
      find: (source) =>
        inDocument(source, link, ([, target = '']) => {
          if (/^([a-z]+:|#)/i.test(target)) return undefined;
          const path = posix.join(posix.dirname(source.path), decodeURI(target.replace(/[#?].*$/, '')));
          return known.has(path.replace(/\/$/, '')) ? undefined : `links to ${target}`;
        }),
    },
    {
      name: 'unknown-script',
      advice: 'Name a script of package.json.',
      find: (source) =>
        inDocument(source, script, ([, named, short]) => {
          const name = named ?? short ?? '';
          return Object.hasOwn(scripts, name) ? undefined : `names the script ${name}`;
        }),
    },
  ];
}

function inDocument(
  source: Source,
  pattern: RegExp,
  judgeMatch: (match: RegExpExecArray) => string | undefined,
) {
  if (!source.path.endsWith('.md')) return [];
  return [...source.text.matchAll(pattern)].flatMap((match) => {
    const what = judgeMatch(match);
    return what ? [{ line: source.lineOf(match.index), what }] : [];
  });
}

/** Folders of src/modules and src/platform that lack what every one of them has. */
export function incompleteFolders(sources: readonly Source[]): string[] {
  const paths = new Set(sources.map(({ path }) => path));
  const folders = new Set(
    sources.flatMap(({ path }) => /^src\/(?:modules|platform)\/[^/]+(?=\/)/.exec(path)?.[0] ?? []),
  );
  return [...folders].flatMap((folder) =>
    ['index.ts', 'README.md']
      .filter((name) => !paths.has(`${folder}/${name}`))
      .map((name) => `${folder}/${name} is missing`),
  );
}
