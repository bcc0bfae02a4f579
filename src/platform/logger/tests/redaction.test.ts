import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSecretKey } from '../redaction.js';
import { collecting } from './collector.js';

const secretKeys = [
  ...[
    'password',
    'newPassword',
    'passwordHash',
    'token',
    'accessToken',
    'refresh_token',
    'secret',
    'client-secret',
  ],
  ...[
    'apiKey',
    'x-api-key',
    'Authorization',
    'cookie',
    'Set-Cookie',
    'totp',
    'privateKey',
    'accountNumber',
    'prompt',
  ],
];
const openKeys = [
  'promptTokens',
  'tokens',
  'tokenCount',
  'chargedTokens',
  'bookId',
  'title',
  'code',
  'keyId',
  'pinned',
];

test.each(secretKeys)('a field named %s is redacted', (key) => {
  expect(isSecretKey(key)).toBe(true);
});

test.each(openKeys)('a field named %s is not', (key) => {
  expect(isSecretKey(key)).toBe(false);
});

test('a planted secret under a secret name never comes out, at any depth, in lists, bindings or errors', () => {
  const planted = 'pl4nted-s3cret';
  fc.assert(
    fc.property(
      fc.constantFrom(...secretKeys),
      fc.array(fc.oneof(fc.constant('list'), fc.string()), { maxLength: 12 }),
      fc.constantFrom<'json' | 'pretty'>('json', 'pretty'),
      (key, path, format) => {
        const { log, output } = collecting({ format });
        let value: unknown = { [key]: planted };
        for (const step of path) value = step === 'list' ? [value] : { [step]: value };
        log.info({ value }, 'm');
        log.info(value as object, 'm');
        log.child({ value }).info('m');
        log.error(Object.assign(new Error('m'), { [key]: planted, config: value }), 'm');
        expect(output.text).not.toContain(planted);
        expect(output.lines.length).toBeGreaterThanOrEqual(4);
      },
    ),
    { numRuns: 300 },
  );
});

test('credentials are recognised inside texts, messages and stacks', () => {
  const { log, output } = collecting();
  const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwbDRudGVkIn0.c2lnbmF0dXJl';
  log.info({ url: 'postgres://qingyu:pl4nted@db:5432/x' }, 'connect postgres://qingyu:pl4nted@db/x');
  log.info(`Authorization: Bearer pl4nted-token-value`);
  log.error(new Error(`refused ${jwt} at redis://:pl4nted@cache`));
  expect(output.text).not.toContain('pl4nted');
  expect(output.text).not.toContain(jwt);
  expect(output.text).toContain('postgres://qingyu:[redacted]@db:5432/x');
});

test('whether something is set stays visible, a value does not', () => {
  const { log, output } = collecting();
  log.info({ adminPassword: false, token: null, pwd: 1234 }, 'm');
  expect(output.last).toMatchObject({ adminPassword: false, token: null, pwd: '[redacted]' });
});

test('a hostile text is scrubbed in linear time', () => {
  const { log, output } = collecting();
  const started = performance.now();
  for (const text of [
    'eyJ'.repeat(100_000),
    'a://'.repeat(100_000),
    `basic ${' '.repeat(300_000)}`,
    'bearer '.repeat(50_000),
  ]) {
    log.info({ text }, text);
  }
  expect(output.lines).toHaveLength(4);
  expect(output.text.length).toBeLessThan(100_000);
  expect(performance.now() - started).toBeLessThan(1000);
});

test('a huge or endless object is cut, and says so', () => {
  const { log, output } = collecting();
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, i]));
  let deep: object = {};
  for (let i = 0; i < 10_000; i++) deep = { deep };
  log.info({ wide, deep, list: Array.from({ length: 1000 }, () => 1) }, 'm');
  expect(Object.keys(output.last.wide as object)).toHaveLength(51);
  expect(output.last.wide).toMatchObject({ '…': 'cut' });
  expect(JSON.stringify(output.last.deep)).toContain('[cut]');
  expect((output.last.list as unknown[]).at(-1)).toBe('… (1000 entries)');
});
