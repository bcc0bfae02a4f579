import fc from 'fast-check';
import Type from 'typebox';
import { expect, test } from 'vitest';
import { ConfigError, formatProblem } from '../problem.js';
import { indexKeys } from '../section.js';
import { folderWith, load } from './fixture.js';

test('all problems come at once, each with key, expected and source', async () => {
  const { problems } = await load(
    { 'local.yaml': 'server: { port: high }\nai: { mode: quick }' },
    { env: { QINGYU_AI__ENABLED: 'maybe', QINGYU_AUTH__ADMIN_PASSWORD: 'short' }, argv: ['--port', '70000'] },
  );
  expect(problems.map(formatProblem)).toEqual([
    'server.port: expected an integer from 0 to 65535 (port) (command line --port)',
    'auth.adminPassword: expected text of at least 8 characters (environment QINGYU_AUTH__ADMIN_PASSWORD)',
    'ai.enabled: expected true or false (environment QINGYU_AI__ENABLED)',
    'ai.mode: expected one of fast, careful (config/local.yaml)',
  ]);
});

test('nothing starts with a configuration that has problems', async () => {
  const config = await load({ 'local.yaml': 'server: { port: -1 }' });
  expect(() => config.values).toThrow(ConfigError);
  expect(() => config.values).toThrow(/has a problem:\n {2}server\.port: expected an integer/);
});

test('an unknown key, variable or option is refused, with the name that was probably meant', async () => {
  const { problems } = await load(
    { 'local.yaml': 'serverr: { port: 1 }\nserver: { prot: 1 }' },
    {
      env: { QINGYU_SERVER__PORTT: '1', QINGYU_X: '1' },
      argv: ['--set', 'ai.moed=fast', '--prot', '1', 'stray'],
    },
  );
  const lines = problems.map(formatProblem).join('\n');
  expect(lines).toContain('serverr: expected a known key, did you mean server? (config/local.yaml)');
  expect(lines).toContain('server.prot: expected a known key, did you mean server.port? (config/local.yaml)');
  expect(lines).toContain(
    'QINGYU_SERVER__PORTT: expected a known variable, did you mean QINGYU_SERVER__PORT?',
  );
  expect(lines).toContain('QINGYU_X: expected a known variable');
  expect(lines).toContain('ai.moed: expected a known key, did you mean ai.mode? (command line --set)');
  expect(lines).toContain('--prot: expected --config FILE');
  expect(lines).not.toContain('stray');
});

test('unknown and missing keys inside a list are named with their place', async () => {
  const { problems } = await load({
    'local.yaml': 'ai: { providers: [{ name: a, keyy: x }, { apiKey: y }, { name: b, timeoutMs: 0 }] }',
  });
  expect(problems.map(formatProblem)).toEqual([
    'ai.providers.0.keyy: expected one of the keys name, apiKey, timeoutMs (config/local.yaml)',
    'ai.providers.1: expected the keys name (config/local.yaml)',
    'ai.providers.2.timeoutMs: expected an integer of at least 1 (config/local.yaml)',
  ]);
});

test('whatever is wrong, no problem ever shows a value', async () => {
  const planted = 'pl4nted-s3cret';
  const wrong = fc.constantFrom(
    { 'local.yaml': `server: { port: ${planted} }` },
    { 'local.yaml': `auth: { adminPassword: [${planted}], tokenKey: { a: ${planted} } }` },
    { 'local.yaml': `database: ${planted}` },
    { 'local.yaml': `"${planted}` },
    { 'local.yaml': `auth: { tokenKey: "${planted}"\n x` },
    { 'local.yaml': `a: *${planted}` },
    { 'local.yaml': `a: !${planted} b` },
    { 'local.yaml': `ai: { mode: ${planted}, enabled: ${planted}, factors: { a: ${planted} } }` },
    { 'local.yaml': planted },
  );
  const variables = fc.constantFrom(
    {},
    { QINGYU_SERVER__PORT: planted },
    { QINGYU_AI__PROVIDERS: `[{"name": "${planted}", "apiKey": 3}, "${planted}"` },
    { QINGYU_AI__PROVIDERS: planted },
    { QINGYU_AI: planted },
    { QINGYU_UNKNOWN: planted },
    { NODE_ENV: planted },
  );
  const options = fc.constantFrom(
    [],
    ['--port', planted],
    ['--set', planted],
    ['--set', `x=${planted}`],
    [planted],
  );
  await fc.assert(
    fc.asyncProperty(wrong, variables, options, async (files, env, argv) => {
      const config = await load(files, { env, argv });
      expect(config.problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(config.problems)).not.toContain(planted);
      expect(() => config.values).toThrow(ConfigError);
      const message = new ConfigError(config.problems).message;
      expect(message).not.toContain(planted);
    }),
    { numRuns: 60 },
  );
});

test('a name out of a file cannot forge a line or steer a terminal', async () => {
  const { problems } = await load({
    'local.yaml': '"a\\nFORGED: line\\e[2J": 1\nserver: { "x\\u2028y": 1 }',
  });
  const lines = problems.map(formatProblem).join('|');
  for (const forbidden of ['\n', '\r', '\u001b', '\u2028']) expect(lines).not.toContain(forbidden);
  expect(problems).toHaveLength(2);
});

test('in production default and weak secrets are refused, elsewhere they pass', async () => {
  const open = (environment: string, env: Record<string, string>) =>
    load({}, { env: { NODE_ENV: environment, ...env } });
  const own = { QINGYU_AUTH__TOKEN_KEY: 'Zx81-own-key' };
  expect((await open('production', {})).problems.map((p) => p.key)).toEqual(['auth.tokenKey']);
  expect((await open('production', { ...own, QINGYU_AUTH__ADMIN_PASSWORD: 'ChangeMe' })).problems).toEqual([
    {
      key: 'auth.adminPassword',
      expected: 'a value of your own in production, not a default or a well-known one',
      source: 'environment QINGYU_AUTH__ADMIN_PASSWORD',
    },
  ]);
  const weakInList = { ...own, QINGYU_AI__PROVIDERS: '[{name: a, apiKey: changeme}]' };
  expect((await open('production', weakInList)).problems.map((p) => p.key)).toEqual([
    'ai.providers.0.apiKey',
  ]);
  expect((await open('production', own)).problems).toEqual([]);
  expect((await open('development', { QINGYU_AUTH__ADMIN_PASSWORD: 'ChangeMe' })).problems).toEqual([]);
});

test('an unknown NODE_ENV is refused and judged as production', async () => {
  const config = await load({}, { env: { NODE_ENV: 'staging' } });
  expect(config.environment).toBe('production');
  expect(config.problems.map((p) => p.key)).toEqual(['NODE_ENV', 'auth.tokenKey']);
});

test('a missing environment file or --config file is a problem, a missing local.yaml is not', async () => {
  expect((await load({})).problems).toEqual([]);
  const { problems } = await load({}, { argv: ['--config', 'none.yaml'] });
  expect(problems.map(formatProblem)).toEqual([
    'whole file: expected a readable file, got ENOENT (none.yaml)',
  ]);
  const folder = await load({}, { configFolder: '/nonexistent' });
  expect(folder.problems.map((p) => p.source)).toEqual(['config/default.yaml', 'config/development.yaml']);
});

test('secrets are masked in the effective configuration, at any depth', async () => {
  const config = await load({
    'local.yaml':
      'auth: { adminPassword: pl4nted-one }\nai: { providers: [{ name: a, apiKey: pl4nted-two }] }\ndatabase: { url: "postgres://u:pl4nted@h/d" }',
  });
  const effective = config.describeEffective();
  expect(JSON.stringify(effective)).not.toContain('pl4nted');
  expect(effective.find((k) => k.key === 'ai.providers')?.value).toEqual([
    { name: 'a', apiKey: '********', timeoutMs: 1000 },
  ]);
  expect(effective.map((k) => k.key)).toEqual([...Object.keys(config.sources)]);
  expect(effective.find((k) => k.key === 'server.port')).toEqual({
    key: 'server.port',
    value: 8080,
    source: 'default',
    description: 'Port',
    unit: 'port',
  });
});

test('two keys that would share a variable are refused when the sections are put together', () => {
  const clash = { a: Type.Object({ bC: Type.String(), b_c: Type.String() }) };
  expect(() => indexKeys(clash)).toThrow(/a\.bC and a\.b_c share the variable QINGYU_A__B_C/);
});

test('a required key without a value says where to set it', async () => {
  const { loadConfig } = await import('../load-config.js');
  const configFolder = await folderWith();
  const sections = { mail: Type.Object({ from: Type.String({ format: 'email', description: 'From' }) }) };
  const { problems } = await loadConfig({ sections, configFolder });
  expect(problems.map(formatProblem)).toEqual([
    'mail.from: expected text in the format email; set it in config/local.yaml or as QINGYU_MAIL__FROM (not set)',
  ]);
});

test('a variable for a whole section that can not be read is refused without its text', async () => {
  const { problems } = await load({}, { env: { QINGYU_SERVER: '{"port": 1, pl4nted' } });
  expect(problems.map((p) => p.key)).toEqual(['server']);
  expect(problems[0]?.expected).toMatch(/^keys and values as JSON or YAML, found /);
  expect(JSON.stringify(problems)).not.toContain('pl4nted');
});

test('a key of an earlier release is refused with its name of today, wherever it is given', async () => {
  const problems = [
    ...(await load({ 'local.yaml': 'auth: { encryptionKey: hunter2 }' })).problems,
    ...(await load({}, { env: { QINGYU_AUTH__ENCRYPTION_KEY: 'hunter2' } })).problems,
    ...(await load({}, { argv: ['--set', 'auth.encryptionKey=hunter2'] })).problems,
  ];
  expect(problems.map(({ expected }) => expected)).toEqual([
    'to be called secrets.key, its name since 0.2.0',
    'to be called QINGYU_SECRETS__KEY, its name since 0.2.0',
    'to be called secrets.key, its name since 0.2.0',
  ]);
  expect(JSON.stringify(problems)).not.toContain('hunter2');
});
