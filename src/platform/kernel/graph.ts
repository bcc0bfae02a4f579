/** A name and the names it must come after. */
export interface GraphNode {
  readonly name: string;
  readonly after: readonly string[];
}

/**
 * The nodes in an order in which each comes after everything it depends on.
 * Raises an error that names both sides of an unknown dependency, and the whole round of a cycle.
 */
export function dependencyOrder<N extends GraphNode>(nodes: readonly N[]): N[] {
  const byName = indexByName(nodes);
  const done = new Set<string>();
  const order: N[] = [];

  function visit(node: N, path: readonly string[]): void {
    if (done.has(node.name)) return;
    if (path.includes(node.name)) throw new Error(cycleMessage([...path, node.name]));
    for (const name of node.after) {
      const dependency = byName.get(name);
      if (!dependency) throw new Error(`"${node.name}" depends on "${name}", which does not exist.`);
      visit(dependency, [...path, node.name]);
    }
    done.add(node.name);
    order.push(node);
  }

  for (const node of nodes) visit(node, []);
  return order;
}

function indexByName<N extends GraphNode>(nodes: readonly N[]): Map<string, N> {
  const byName = new Map<string, N>();
  for (const node of nodes) {
    if (byName.has(node.name)) throw new Error(`Two services are named "${node.name}".`);
    byName.set(node.name, node);
  }
  return byName;
}

function cycleMessage(path: readonly string[]): string {
  const round = path.slice(path.indexOf(path.at(-1) as string));
  return `Circular dependency: ${round.join(' -> ')}. Turn one arrow into an event, a flow or a policy port.`;
}
