import { buildApp } from './app.js';
import { announce, banner } from './cli/banner.js';
import { modules, sections } from './modules.js';
import { loadConfig, processInput } from './platform/config/index.js';
import { installedVersion } from './platform/files/index.js';
import { endInOrder } from './platform/kernel/index.js';

let ending = () => false;
try {
  const config = await loadConfig({ sections, ...processInput() });
  const { stopTimeoutMs } = config.values.lifecycle;
  const app = await buildApp({ config, modules, version: await installedVersion() });
  const { log } = app.platform;
  ending = endInOrder({ stop: () => app.stop(), stopTimeoutMs, log });
  await app.start();
  if (config.values.logger.format === 'pretty') process.stdout.write(banner(app, config));
  else process.stderr.write(banner(app, config));
  announce(app.url(), log);
} catch (error) {
  // A start that was told to stop ends by itself, with code 0.
  if (!ending()) {
    process.stderr.write(`qingyu cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
