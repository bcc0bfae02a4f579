import { buildApp } from '../app.js';
import { modules, sections } from '../modules.js';
import { loadConfig, processInput } from '../platform/config/index.js';
import { installedVersion } from '../platform/files/index.js';
import { standardError } from '../platform/logger/index.js';
import { type CommandHost, exitCodes, runCli } from './run-cli.js';

const { argv, env, cwd } = processInput();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(exitCodes.failed);
    interrupted.abort();
  });
}
// `qingyu … | head` closes the pipe early; that is no failure of the command.
process.stdout.on('error', () => {});

const { stdout, stderr } = process;
const code = await runCli({ argv, cwd, stdout, stderr, signal: interrupted.signal, createHost });
// A pipe takes its time: what is written now would be lost by an exit.
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit(code);

/** Logs of a command go to standard error and only say what is wrong, unless asked for more. */
async function createHost(configArgv: readonly string[]): Promise<CommandHost> {
  const quiet = ['--set=logger.level=warn', '--set=logger.format=pretty'];
  const config = await loadConfig({ sections, argv: [...quiet, ...configArgv], env, cwd });
  const { data, database } = config.values;
  const version = await installedVersion();
  const app = await buildApp({ config, modules, version, overrides: { logDestination: standardError() } });
  return {
    commands: app.commands,
    version,
    embeddedDataDir: database.url === undefined ? data.dir : undefined,
    start: (command) => app.start({ command }),
    stop: () => app.stop(),
  };
}
