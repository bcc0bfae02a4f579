import type { Migration } from './migration.js';

const kinds = ['view', 'table', 'sequence', 'function', 'type', 'domain'] as const;
export type ObjectKind = (typeof kinds)[number];

export interface OwnObject {
  readonly kind: ObjectKind;
  readonly name: string;
}

const created = new RegExp(
  `\\bcreate\\s+(?:or\\s+replace\\s+)?(?:unlogged\\s+)?(${kinds.join('|')})\\s+(?:if\\s+not\\s+exists\\s+)?(?:public\\.)?"?(\\w+)"?`,
  'gi',
);
const renamed =
  /\balter\s+table\s+(?:if\s+exists\s+)?(?:public\.)?"?\w+"?\s+rename\s+to\s+(?:public\.)?"?(\w+)"?/gi;

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
      add(kind.toLowerCase() as ObjectKind, name.toLowerCase());
    }
    for (const [, name = ''] of text.matchAll(renamed)) add('table', name.toLowerCase());
  }
  return kinds.flatMap((kind) => [...found.values()].filter((object) => object.kind === kind));
}
