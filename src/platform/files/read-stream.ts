import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** A file to be read from its beginning, with its size. Rejects with the system's error when it can't be opened. */
export async function openForReading(path: string): Promise<{ bytes: number; stream: Readable }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return { bytes: size, stream: createReadStream(path, { fd: file }) };
  } catch (error) {
    await file.close();
    throw error;
  }
}
