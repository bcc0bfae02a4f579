import type { Check } from './check.js';
import { isFunction, isNode, type Node, nameOf, walk } from './source.js';

const functionLinesMax = 70;

/** The first that matches. */
const fileLinesMax: readonly (readonly [RegExp, number])[] = [
  [/^src\/main\.ts$/, 40],
  [/^src\/app\.ts$/, 120],
  [/^src\/modules\/[^/]+\/index\.ts$/, 25],
  [/^README[^/]*\.md$/, 150],
  [/\.(ts|mjs|cjs|js|sql)$/, 400],
];

export const sizeChecks: readonly Check[] = [
  {
    name: 'file-length',
    advice: 'Split it by what its parts are about; 250 lines are a good upper end.',
    find({ path, text }) {
      const max = fileLinesMax.find(([pattern]) => pattern.test(path))?.[1] ?? Number.POSITIVE_INFINITY;
      const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
      return lines > max
        ? [{ line: max + 1, what: `has ${lines} lines, at most ${max}`, amount: lines }]
        : [];
    },
  },
  {
    name: 'function-length',
    advice: 'Give the steps names of their own; 40 lines are a good upper end.',
    find({ tree, lineOf }) {
      const offences: { line: number; what: string; amount: number }[] = [];
      if (!tree) return offences;
      walk(tree, (node, parents) => {
        if (!isFunction(node) || isSuite(node, parents.at(-1))) return;
        const lines = lineOf(node.end) - lineOf(node.start) + 1;
        if (lines <= functionLinesMax) return;
        const what = `a function of ${lines} lines, at most ${functionLinesMax}`;
        offences.push({ line: lineOf(node.start), what, amount: lines });
      });
      return offences;
    },
  },
];

/** The callback of `describe` is a list of tests. */
function isSuite(node: Node, parent: Node | undefined): boolean {
  if (parent?.type !== 'CallExpression' || !isNode(parent.callee)) return false;
  return (parent.arguments as unknown[]).includes(node) && /^describe/.test(nameOf(parent.callee));
}
