import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBoundaries } from './cruise.mjs';
import { rules } from './rules.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { modules, imports, violations } = await checkBoundaries(root);

for (const { rule, from, to } of violations) {
  console.error(`${rule}: ${from} -> ${to}\n  ${rules.find(({ name }) => name === rule)?.comment}`);
}
// With a TypeScript that it cannot use, dependency-cruiser reads nothing and finds nothing wrong.
const blind = modules === 0 || imports === 0;
if (blind) console.error('No module or no import was read: the check itself is broken.');
console.error(`${modules} modules, ${imports} imports, ${violations.length} violations`);
process.exitCode = blind || violations.length > 0 ? 1 : 0;
