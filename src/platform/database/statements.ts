/** What metrics and the server need to know about a statement's text. */
export interface StatementInfo {
  readonly operation: string;
  readonly table: string;
  /** Set when the statement recurs and is worth preparing. */
  readonly name: string | undefined;
}

interface Entry {
  readonly operation: string;
  readonly table: string;
  uses: number;
  name: string | undefined;
}

const entriesMax = 2000;
const namesMax = 300;
const tablesMax = 80;
/** A text that came this often is stable; one with a list of varying length seldom gets there. */
const usesBeforeNaming = 3;

const operations = new Set(['select', 'insert', 'update', 'delete', 'merge']);
const writes =
  /\b(insert)\s+into\s+([\w."]+)|\b(update)\s+(?:only\s+)?([\w."]+)\s+(?:as\s|set\b)|\b(delete)\s+from\s+(?:only\s+)?([\w."]+)/i;
const reads = /\bfrom\s+(?:only\s+)?([\w."]+)/i;

/**
 * Labels and names of statement texts. Everything is bounded: texts made up at run time can neither fill
 * the memory, nor the server with prepared statements, nor the metrics with series.
 */
export class Statements {
  readonly #entries = new Map<string, Entry>();
  readonly #tables = new Set<string>();
  readonly #prepare: boolean;
  #names = 0;
  #generation = 0;

  constructor({ prepare }: { prepare: boolean }) {
    this.#prepare = prepare;
  }

  describe(sql: string): StatementInfo {
    const entry = this.#entries.get(sql) ?? this.#add(sql);
    entry.uses += 1;
    if (entry.name === undefined && entry.uses >= usesBeforeNaming && this.#mayName()) {
      this.#names += 1;
      entry.name = `s${this.#names}_${this.#generation}`;
    }
    return entry;
  }

  /** The preparation is out of date: the next use gets a new one, on every connection. */
  renew(sql: string): void {
    const entry = this.#entries.get(sql);
    if (entry?.name === undefined) return;
    this.#generation += 1;
    entry.name = `${entry.name.slice(0, entry.name.indexOf('_'))}_${this.#generation}`;
  }

  #mayName(): boolean {
    return this.#prepare && this.#names < namesMax;
  }

  #add(sql: string): Entry {
    if (this.#entries.size >= entriesMax) this.#evict();
    const { operation, table } = parse(sql);
    const entry: Entry = { operation, table: this.#bounded(table), uses: 0, name: undefined };
    this.#entries.set(sql, entry);
    return entry;
  }

  #evict(): void {
    for (const [sql, entry] of this.#entries) {
      if (entry.name !== undefined) continue;
      this.#entries.delete(sql);
      return;
    }
  }

  #bounded(table: string): string {
    if (this.#tables.has(table)) return table;
    if (this.#tables.size >= tablesMax) return 'other';
    this.#tables.add(table);
    return table;
  }
}

function parse(sql: string): { operation: string; table: string } {
  const first = /^[\s(]*(\w+)/.exec(sql)?.[1]?.toLowerCase() ?? '';
  const write = first === 'select' ? null : writes.exec(sql);
  const operation = (write?.[1] ?? write?.[3] ?? write?.[5])?.toLowerCase();
  if (operation !== undefined) {
    return { operation, table: tableName(write?.[2] ?? write?.[4] ?? write?.[6]) };
  }
  if (first !== 'with' && !operations.has(first)) return { operation: 'other', table: 'none' };
  return { operation: first === 'with' ? 'select' : first, table: tableName(reads.exec(sql)?.[1]) };
}

function tableName(quoted: string | undefined): string {
  const name = quoted?.replaceAll('"', '').split('.').at(-1) ?? '';
  return /^[a-z_][a-z0-9_]{0,62}$/.test(name) ? name : 'none';
}
