export { readBounded, TooLargeError } from './bounded-read.js';
export { DataFolder } from './data-folder.js';
export {
  ensureFolder,
  exists,
  listFolder,
  readBytes,
  readText,
  remove,
  writeAtomic,
  writeSecretFile,
} from './files.js';
export { FolderLock, FolderLockedError } from './folder-lock.js';
export { installedVersion } from './installed-version.js';
