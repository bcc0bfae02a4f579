import type { Check, Offence } from './check.js';
import { nameOf, type Source, walk } from './source.js';

const sqlClock =
  /\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(\s*\)|\b(current_(timestamp|date|time)|localtime(stamp)?)\b/i;

const isRuntime = ({ path, isTest }: Source) => path.startsWith('src/') && !isTest;

export const timeChecks: readonly Check[] = [
  {
    name: 'sql-clock',
    advice: 'Pass clock.now() as a parameter: the database has a clock of its own, and tests have another.',
    find(source) {
      if (source.path.endsWith('.sql')) return inText(source, sqlClock);
      const offences: Offence[] = [];
      if (!source.tree || !isRuntime(source)) return offences;
      walk(source.tree, (node) => {
        const value = node.type === 'TemplateElement' ? (node.value as { raw: string }).raw : node.value;
        if (node.type !== 'TemplateElement' && node.type !== 'Literal') return;
        const hit = typeof value === 'string' ? sqlClock.exec(value)?.[0] : undefined;
        if (hit) offences.push({ line: source.lineOf(node.start), what: `SQL with ${hit}` });
      });
      return offences;
    },
  },
  {
    name: 'business-time',
    advice: 'Need Clock and call clock.now(); performance.now() is right for durations.',
    find(source) {
      const offences: Offence[] = [];
      if (!source.tree || !isRuntime(source) || source.path === 'src/platform/kernel/clock.ts')
        return offences;
      walk(source.tree, (node) => {
        const isBare = (node.arguments as unknown[] | undefined)?.length === 0;
        const now = node.type === 'NewExpression' && nameOf(node.callee) === 'Date' && isBare;
        const stamp = node.type === 'MemberExpression' && nameOf(node) === 'Date.now';
        if (now || stamp)
          offences.push({ line: source.lineOf(node.start), what: stamp ? 'Date.now' : 'new Date()' });
      });
      return offences;
    },
  },
];

export function inText(source: Source, pattern: RegExp): Offence[] {
  const all = new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`);
  return [...source.text.matchAll(all)].map((match) => ({
    line: source.lineOf(match.index),
    what: `has ${JSON.stringify(match[0].slice(0, 60))}`,
  }));
}
