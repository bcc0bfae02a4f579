// Engines for a developer: started, announced and kept until Ctrl-C.
import { provideNeeds } from './needs.mjs';

export async function serve({ say }) {
  const interrupted = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
  const keepAlive = setInterval(() => {}, 60_000);
  const { env, missing, stop } = await provideNeeds({ say });
  for (const { need, reason } of missing) say(`${need.title}: ${reason}`);
  for (const [name, url] of Object.entries(env)) console.log(`export ${name}=${url}`);
  if (Object.keys(env).length > 0) {
    say('Ready, Ctrl-C ends it');
    await interrupted;
  }
  clearInterval(keepAlive);
  await stop();
  return missing.length === 0 ? 0 : 1;
}
