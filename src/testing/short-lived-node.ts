/**
 * Arguments of Node for a process that lives for seconds: the embedded database is WebAssembly, and to
 * optimise it takes more time than a short life gives back.
 */
export const shortLivedNode: string[] = ['--liftoff-only'];
