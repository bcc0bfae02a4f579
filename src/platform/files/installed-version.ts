import { fileURLToPath } from 'node:url';
import { readText } from './files.js';

/** The version in package.json, beside `src/` and `dist/`. */
export async function installedVersion(): Promise<string> {
  const text = await readText(fileURLToPath(new URL('../../../package.json', import.meta.url)));
  return (JSON.parse(text ?? '{}') as { version?: string }).version ?? '0.0.0';
}
