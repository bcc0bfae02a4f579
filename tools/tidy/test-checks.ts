import type { Check, Offence } from './check.js';
import { isFunction, isNode, type Node, nameOf, type Source, walk } from './source.js';

const testCall = /^(it|test)(\.|$)/;
const anyTestCall = /^(it|test|describe)(\.|$)/;
const assertion = /(^|\.)(expect|assert)\w*(\.|$)/;
const loops = /^(For|While|DoWhile|ForOf|ForIn)Statement$/;

export const testChecks: readonly Check[] = [
  {
    name: 'focused-or-skipped-test',
    advice:
      'Remove `.only`; a skipped test says in its name what it needs ("needs …") or why in a comment before it.',
    find(source) {
      return calls(source, anyTestCall).flatMap((call) => {
        const how = /\.(only|skip|todo|skipIf|runIf|fails)\b/.exec(nameOf(call.callee))?.[1];
        if (!how) return [];
        if (how !== 'only' && saysWhy(source, call)) return [];
        return [{ line: source.lineOf(call.start), what: `.${how} without a reason` }];
      });
    },
  },
  {
    name: 'test-without-assertion',
    advice: 'Expect something. Helpers that do it for a test are called expect… or assert….',
    find(source) {
      if (!source.tree || !source.isTest) return [];
      const helpers = assertingHelpers(source.tree);
      return calls(source, testCall).flatMap((call) => {
        const body = (call.arguments as Node[]).findLast(
          (argument) => isFunction(argument) || isReference(argument),
        );
        if (!body || asserts(body, helpers)) return [];
        return [{ line: source.lineOf(call.start), what: 'a test that cannot fail' }];
      });
    },
  },
  {
    name: 'sleep-in-test',
    advice: 'Wait for the event itself, poll for the condition (vi.waitFor), or use a fake clock.',
    find(source) {
      const offences: Offence[] = [];
      if (!source.tree || !source.isTest) return offences;
      walk(source.tree, (node, parents) => {
        if (node.type !== 'AwaitExpression' || !isSleep(node.argument)) return;
        if (!parents.some((parent) => loops.test(parent.type))) {
          offences.push({ line: source.lineOf(node.start), what: 'sleeps' });
        }
      });
      return offences;
    },
  },
];

function calls({ tree, isTest }: Source, pattern: RegExp): Node[] {
  const found: Node[] = [];
  if (!tree || !isTest) return found;
  walk(tree, (node) => {
    if (node.type !== 'CallExpression' || !isNode(node.callee)) return;
    // `it.each(rows)` and `it.skipIf(condition)` prepare: the test is the call of what they return.
    const prepares =
      node.callee.type === 'MemberExpression' && /\.(each|for|skipIf|runIf)$/.test(nameOf(node.callee));
    if (!prepares && pattern.test(nameOf(node.callee))) found.push(node);
  });
  return found;
}

function saysWhy({ text, lineOf }: Source, call: Node): boolean {
  const lines = text.split('\n');
  const line = lineOf(call.start);
  const head = text.slice(call.start, call.end).slice(0, 300);
  return (
    /\b(needs|skipped|why|without)\b/.test(head.split('=>')[0] ?? '') ||
    /^\s*\/\/ .{10,}/.test(lines[line - 2] ?? '')
  );
}

const isReference = (node: Node) => node.type === 'Identifier';

/** Names of functions of the file that assert, directly or through one another. */
function assertingHelpers(tree: Node): Set<string> {
  const bodies = new Map<string, Node>();
  walk(tree, (node) => {
    const initial = node.type === 'VariableDeclarator' ? node.init : node;
    if (isNode(initial) && isFunction(initial) && isNode(node.id)) bodies.set(nameOf(node.id), initial);
  });
  const helpers = new Set<string>();
  for (let before = -1; before !== helpers.size; ) {
    before = helpers.size;
    for (const [name, body] of bodies) if (asserts(body, helpers)) helpers.add(name);
  }
  return helpers;
}

function asserts(body: Node, helpers: ReadonlySet<string>): boolean {
  if (isReference(body)) return helpers.has(nameOf(body));
  let found = false;
  walk(body, (node) => {
    if (node.type !== 'CallExpression') return;
    const name = nameOf(node.callee);
    found ||= assertion.test(name) || helpers.has(name);
  });
  return found;
}

/** `sleep(1)`, `delay(1)`, `setTimeout(1)` of timers/promises, `new Promise(r => setTimeout(r, 1))`. */
function isSleep(node: unknown): boolean {
  if (!isNode(node)) return false;
  if (node.type === 'CallExpression')
    return /^(timers\.)?(sleep|delay|pause|setTimeout)$/.test(nameOf(node.callee));
  if (node.type !== 'NewExpression' || nameOf(node.callee) !== 'Promise') return false;
  const executor = (node.arguments as Node[])[0];
  const resolve = (executor?.params as Node[] | undefined)?.[0];
  let sleeps = false;
  if (executor && resolve) {
    walk(executor, (inner) => {
      if (inner.type !== 'CallExpression' || nameOf(inner.callee) !== 'setTimeout') return;
      const [task] = inner.arguments as Node[];
      sleeps ||= task !== undefined && leadsTo(task, nameOf(resolve));
    });
  }
  return sleeps;
}

/** The callback is `name` itself, or a function that calls it. */
function leadsTo(callback: Node, name: string): boolean {
  if (!isFunction(callback)) return nameOf(callback) === name;
  let called = false;
  walk(callback, (node) => {
    called ||= node.type === 'CallExpression' && nameOf(node.callee) === name;
  });
  return called;
}
