import type { Check, Offence } from './check.js';
import { nameOf, walk } from './source.js';
import { inText } from './time-checks.js';

/** Spelt in pieces, or this file would offend itself. */
const unfinished = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);
const homes = ['work', 'home', 'root', 'Users', 'workspace'].join('|');
const machinePath = new RegExp(
  `(?<![\\w.~*)}-])/(${homes})/[\\w.-]+|(?<![\\w.])/tmp/\\w+|[A-Z]:\\\\\\\\?Users`,
);
const registryHost = /https?:\/\/[^\s"'/]*(registry|npmmirror|artifactory|nexus)[^\s"'/]*/i;

export const placeChecks: readonly Check[] = [
  {
    name: 'environment-in-one-place',
    advice:
      'Only platform/config reads the environment: add a key to the section and take it from the configuration.',
    find({ path, isTest, tree, lineOf }) {
      const offences: Offence[] = [];
      if (!tree || isTest || !path.startsWith('src/') || path.startsWith('src/platform/config/'))
        return offences;
      walk(tree, (node) => {
        const read = node.type === 'MemberExpression' && /^(globalThis\.)?process\.env$/.test(nameOf(node));
        const imported =
          node.type === 'ImportDeclaration' &&
          /^(node:)?process$/.test(String((node.source as { value: unknown }).value));
        if (read || imported) offences.push({ line: lineOf(node.start), what: 'reads the environment' });
      });
      return offences;
    },
  },
  {
    name: 'unfinished',
    advice: 'Finish it, or write an issue and leave the code as it is meant.',
    find: (source) => inText(source, unfinished),
  },
  {
    name: 'machine-path',
    advice: 'Paths come from the configuration, os.tmpdir() or import.meta.dirname.',
    find: (source) => inText(source, machinePath),
  },
  {
    name: 'registry-host',
    advice: 'Where packages come from is the business of whoever installs them: omit it from the lock file.',
    find: (source) => inText(source, registryHost),
  },
];
