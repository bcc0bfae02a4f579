import { open } from 'node:fs/promises';

/** A rename is durable once its folder is; systems that can't sync a folder make it durable by themselves. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  if (!folder) return;
  try {
    await folder.sync();
  } catch (error) {
    if (
      !['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP', 'EBADF'].includes(
        String((error as NodeJS.ErrnoException).code),
      )
    )
      throw error;
  } finally {
    await folder.close();
  }
}
