import { PGlite } from '@electric-sql/pglite';
import { writeAtomic } from '../files/index.js';

/**
 * Writes an empty embedded database as a tar.gz: a first start then takes a second instead of the
 * several that `initdb` needs. Part of the build; belongs to the installed version of PGlite.
 */
export async function buildSnapshot(path: string): Promise<void> {
  const database = await PGlite.create();
  try {
    const archive = await database.dumpDataDir('gzip');
    await writeAtomic(path, new Uint8Array(await archive.arrayBuffer()));
  } finally {
    await database.close();
  }
}
