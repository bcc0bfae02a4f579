import { open } from 'node:fs/promises';

/** The whole content is larger than was allowed. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';

  constructor(path: string, bytesMax: number) {
    super(`${path} has more than ${bytesMax} bytes`);
  }
}

/**
 * At most `bytesMax` bytes, counted while reading: a device or a pipe has no size beforehand, a
 * growing file a wrong one. Throws TooLargeError beyond, and the system's error when it can't be read.
 */
export async function readBounded(path: string, bytesMax: number): Promise<Uint8Array> {
  const chunkBytes = 64 * 1024;
  const file = await open(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, null);
      if (bytesRead === 0) return Buffer.concat(chunks, length);
      length += bytesRead;
      if (length > bytesMax) throw new TooLargeError(path, bytesMax);
      chunks.push(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
