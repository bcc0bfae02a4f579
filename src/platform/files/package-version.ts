import { fileURLToPath } from 'node:url';
import { readText } from './files.js';

/** Version of this release, as its package states it. */
export async function installedVersion(): Promise<string> {
  // The sources and the built files lie equally deep below the package.
  const text = await readText(fileURLToPath(new URL('../../../package.json', import.meta.url)));
  const { version } = JSON.parse(text ?? '{}') as { version?: unknown };
  if (typeof version !== 'string') throw new Error('package.json is missing or has no version');
  return version;
}
