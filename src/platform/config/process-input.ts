/** The one place that reads the process's arguments and environment. */
export function processInput() {
  return { argv: process.argv.slice(2), env: process.env, cwd: process.cwd() } as const;
}
