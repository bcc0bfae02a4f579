import type { AnyCommand } from '../../platform/commands/index.js';
import { type CliOptions, type CommandHost, runCli } from '../run-cli.js';

/** Runs a command line on a host of its own and keeps what it wrote and did. */
export async function runLine(
  argv: readonly string[],
  commands: readonly AnyCommand[],
  host: Partial<CommandHost> = {},
  options: Partial<CliOptions> = {},
) {
  const seen = { stdout: '', stderr: '', steps: [] as string[], configArgv: [] as readonly string[] };
  const exitCode = await runCli({
    argv,
    cwd: '/',
    stdout: { write: (text) => (seen.stdout += text) },
    stderr: { write: (text) => (seen.stderr += text) },
    signal: new AbortController().signal,
    createHost: async (configArgv) => {
      seen.configArgv = configArgv;
      return {
        commands,
        version: '1.2.3',
        embeddedDataDir: undefined,
        start: async () => void seen.steps.push('start'),
        stop: async () => void seen.steps.push('stop'),
        ...host,
      };
    },
    ...options,
  });
  return { exitCode, ...seen };
}
