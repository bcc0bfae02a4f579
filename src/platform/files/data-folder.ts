import { port } from '../kernel/index.js';

/** Where this installation keeps its own files (`data.dir`), as an absolute path. Instances do not share it. */
export interface DataFolder {
  readonly path: string;
}

export const DataFolder = port<DataFolder>('data-folder');
