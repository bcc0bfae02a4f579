import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAst } from 'vitest/node';

/** A node of the syntax tree (ESTree with TypeScript's additions), read by shape only. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** One file as the checks see it. */
export interface Source {
  /** Below the root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** A file that only tests use. */
  readonly isTest: boolean;
  /** Absent for what is not JavaScript or TypeScript. */
  readonly tree: Node | undefined;
  lineOf(offset: number): number;
}

const code = /\.(ts|mts|mjs|cjs|js)$/;
const readable = /\.(ts|mts|mjs|cjs|js|json|jsonc|md|ya?ml|sql|sh)$|(^|\/)(LICENSE|run|\.gitignore)$/;
const foreign = /(^|\/)(node_modules|\.git)(\/|$)|^(coverage|data|dist[^/]*)(\/|$)|^config\/local\.yaml$/;

export function readSource(path: string, text: string): Source {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return {
    path,
    text,
    isTest: /\.test\.ts$|(^|\/)tests\/|^src\/testing\//.test(path),
    tree: code.test(path) ? parse(path, text) : undefined,
    lineOf: (offset) => lineStarts.findLastIndex((start) => start <= offset) + 1,
  };
}

function parse(path: string, text: string): Node {
  const lang = path.endsWith('ts') ? 'ts' : 'js';
  const sourceType = path.endsWith('.cjs') ? 'commonjs' : 'module';
  try {
    return parseAst(text, { lang, sourceType }, path) as unknown as Node;
  } catch (error) {
    throw new Error(`${path} cannot be parsed`, { cause: error });
  }
}

/** Every file of the project that people write. */
export function readTree(root: string): Source[] {
  const files: Source[] = [];
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const full = join(folder, entry.name);
      const path = relative(root, full).replaceAll('\\', '/');
      if (foreign.test(path)) continue;
      if (entry.isDirectory()) visit(full);
      else if (readable.test(path)) files.push(readSource(path, readFileSync(full, 'utf8')));
    }
  };
  visit(root);
  return files;
}

/** Calls `visit` for every node below `node`, outermost first, with the chain of its parents. */
export function walk(node: Node, visit: (node: Node, parents: readonly Node[]) => void): void {
  const parents: Node[] = [];
  const descend = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) descend(item);
    } else if (isNode(value)) {
      visit(value, parents);
      parents.push(value);
      for (const key of Object.keys(value)) descend(value[key]);
      parents.pop();
    }
  };
  descend(node);
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

export function isFunction(node: Node): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

/** `expect`, `describe.skip`, `fc.assert`: the dotted name of what is called, as far as it is one. */
export function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  if (node.type === 'Identifier') return String(node.name);
  if (node.type === 'MemberExpression') {
    const property = node.computed ? '' : nameOf(node.property);
    return `${nameOf(node.object)}.${property}`;
  }
  if (node.type === 'CallExpression' || node.type === 'TaggedTemplateExpression') {
    return nameOf(node.callee ?? node.tag);
  }
  return '';
}
