import type { Migration } from './migration.js';

const kinds = ['view', 'table', 'sequence', 'function', 'type', 'domain'] as const;
export type ObjectKind = (typeof kinds)[number];

export interface OwnObject {
  readonly kind: ObjectKind;
  readonly name: string;
}

const identifier = '("(?:[^"]|"")+"|\\w+)';
const created = new RegExp(
  `\\bcreate\\s+(?:or\\s+replace\\s+)?(?:unlogged\\s+)?(${kinds.join('|')})\\s+(?:if\\s+not\\s+exists\\s+)?(?:public\\.)?${identifier}`,
  'gi',
);
const renamed = new RegExp(
  `\\balter\\s+table\\s+(?:if\\s+exists\\s+)?(?:public\\.)?${identifier}\\s+rename\\s+to\\s+${identifier}`,
  'gi',
);

/**
 * What the steps put into the schema, whether or not a later one removed it: views before tables, types
 * last, so that they can be dropped in this order. The schema may hold more than ours, which nobody may touch.
 */
export function ownObjects(migrations: readonly Migration[]): OwnObject[] {
  const found = new Map<string, OwnObject>();
  const add = (kind: ObjectKind, name: string) => found.set(`${kind} ${name}`, { kind, name });
  for (const { up } of migrations) {
    const text = up.replace(/--.*$/gm, '');
    for (const [, kind = '', name = ''] of text.matchAll(created)) {
      add(kind.toLowerCase() as ObjectKind, nameOf(name));
    }
    for (const [, , name = ''] of text.matchAll(renamed)) add('table', nameOf(name));
  }
  return kinds.flatMap((kind) => [...found.values()].filter((object) => object.kind === kind));
}

/** As the catalogue has it: quotes keep the case of a name. */
function nameOf(identifier: string): string {
  return identifier.startsWith('"')
    ? identifier.slice(1, -1).replaceAll('""', '"')
    : identifier.toLowerCase();
}
