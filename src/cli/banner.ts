import type { AppConfig } from '../app.config.js';
import type { App } from '../app.js';
import type { Logger } from '../platform/logger/index.js';

/** Scripts wait for this line, so it is written whatever `logger.level` says. */
export function announce(url: string, log: Logger): void {
  const msg = `listening on ${url}`;
  if (log.isLevelEnabled('info')) log.info({ url }, msg);
  else process.stdout.write(`${JSON.stringify({ url, msg })}\n`);
}

/** What a person who has just started the server wants to know. Passwords are shown here and nowhere else. */
export function banner(app: App, config: AppConfig): string {
  const { data, database } = config.values;
  const url = app.url();
  const store =
    database.url === undefined
      ? `embedded PostgreSQL (PGlite), files in ${data.dir}`
      : 'PostgreSQL, as database.url says';
  const lines = [
    '',
    `  Qingyu 青羽 ${app.version} is ready`,
    '',
    `  API        ${url}/api/v1`,
    `  Document   ${url}/swagger/`,
    `  Health     ${url}/readyz    Metrics ${url}/metrics`,
    '',
    `  Database   ${store}`,
    `  Redis      ${isSet(config, 'redis.url') ? 'as redis.url says' : 'none: caches and limits live in the process'}`,
    `  AI         ${aiProviders(config)}`,
    ...passwordLines(app),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function isSet(config: AppConfig, name: string): boolean {
  return config.describeEffective().find(({ key }) => key === name)?.value !== undefined;
}

function aiProviders(config: AppConfig): string {
  const { value } = config.describeEffective().find(({ key }) => key === 'ai.providers') ?? {};
  const providers = (value ?? []) as { name: string; kind: string }[];
  if (providers.length === 0) return 'no provider is configured (ai.providers)';
  return providers
    .map(({ name, kind }) =>
      kind === 'demo' ? `${name}: built in, offline, for demonstration` : `${name} (${kind})`,
    )
    .join(', ');
}

function passwordLines({ firstAccounts }: App): string[] {
  if (firstAccounts.length === 0) return [];
  const rows = firstAccounts.map(
    ({ username, generatedPassword }) =>
      `    ${username.padEnd(14)} ${generatedPassword ?? '(the password that you configured)'}`,
  );
  return ['', '  First accounts, shown this once; keep the passwords:', ...rows];
}
