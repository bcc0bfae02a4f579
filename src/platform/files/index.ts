export { type AtomicWriter, FileExistsError } from './atomic-writer.js';
export { readBounded, TooLargeError } from './bounded-read.js';
export { DataFolder } from './data-folder.js';
export {
  createSecretFile,
  ensureFolder,
  exists,
  listFolder,
  openSecretFile,
  readBytes,
  readText,
  remove,
  writeAtomic,
  writeSecretFile,
} from './files.js';
export { FolderLock, FolderLockedError } from './folder-lock.js';
export { installedVersion } from './installed-version.js';
export { openForReading } from './read-stream.js';
