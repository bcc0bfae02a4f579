import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runWithContext } from '../../context/index.js';
import { AppError } from '../../errors/index.js';
import { collecting } from './collector.js';

test('a line has time, level by name, msg, service, version and instance', () => {
  const { log, output } = collecting();
  log.warn({ bookId: 'b' }, 'slow');
  expect(output.last).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    service: 'qingyu',
    version: '1.2.3',
    instance: 'i-1',
    bookId: 'b',
    msg: 'slow',
  });
});

test('every line written inside a context carries its ids, also after a pause and from a child', async () => {
  const { log, output } = collecting();
  const child = log.child({ module: 'auth' });
  await runWithContext(
    { requestId: 'r', traceId: 't', spanId: 's', userId: 'u', module: 'http', job: 'j' },
    async () => {
      log.info('one');
      await Promise.resolve();
      child.info('two');
    },
  );
  log.info('three');
  const ids = { requestId: 'r', traceId: 't', spanId: 's', userId: 'u', job: 'j' };
  expect(output.objects[0]).toMatchObject({ ...ids, module: 'http' });
  expect(output.objects[1]).toMatchObject({ ...ids, module: 'auth' });
  expect(output.lines[1]?.match(/"module"/g)).toHaveLength(1);
  expect(output.last).not.toHaveProperty('requestId');
});

test('an error is its type, message, code, stack and causes, and nothing else that hangs on it', () => {
  const { log, output } = collecting();
  const driver = Object.assign(new TypeError('driver'), {
    code: '40P01',
    parameters: ['pl4nted'],
    detail: 'pl4nted',
  });
  const definition = {
    code: 'too-poor',
    status: 402,
    title: { en: 'Too poor', 'zh-CN': '余额不足' },
    detail: { en: 'You have {coins}', 'zh-CN': '你有 {coins}' },
  };
  const error = new AppError(definition, {
    extensions: { price: 'pl4nted' },
    params: { coins: 3 },
    cause: driver,
  });
  log.error({ err: error }, 'failed');
  expect(output.last.err).toEqual({
    type: 'AppError',
    message: 'You have 3',
    code: 'too-poor',
    stack: expect.stringContaining('lines.test.ts'),
    cause: { type: 'TypeError', message: 'driver', code: '40P01', stack: expect.any(String) },
  });
  expect(output.text).not.toContain('pl4nted');
  log.error(error);
  expect(output.last).toMatchObject({ msg: 'You have 3', err: { code: 'too-poor' } });
});

test('a circle of causes and an aggregate are bounded', () => {
  const { log, output } = collecting();
  const first = new Error('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  log.error({ err: first });
  const many = new AggregateError(Array.from({ length: 100 }, (_, i) => new Error(`e${i}`)));
  log.error({ err: many });
  expect(output.text.match(/"cause"/g)?.length).toBe(5);
  expect((output.last.err as { errors: unknown[] }).errors).toHaveLength(5);
});

test('line breaks in data, keys and messages can not forge a line', () => {
  const { log, output } = collecting();
  const forged = '\n{"level":"fatal","msg":"forged"}\r\n';
  log.child({ [forged]: forged }).info({ [forged]: { [forged]: forged } }, forged);
  log.error(new Error(forged));
  expect(output.lines).toHaveLength(2);
  for (const line of output.objects) expect(line.level).not.toBe('fatal');
});

test('data can not overwrite the level, time, service, version or instance of its line', () => {
  const { log, output } = collecting();
  log.child({ service: 'x' }).info({ level: 'fatal', time: 'never', instance: 'x', version: 'x' }, 'm');
  expect(output.last).toMatchObject({ level: 'info', service: 'qingyu', instance: 'i-1', version: '1.2.3' });
  expect(output.last).toMatchObject({ level_: 'fatal', service_: 'x' });
  expect(output.last.time).not.toBe('never');
});

test('whatever is logged, one valid JSON object a line comes out and nothing is thrown', () => {
  const { log, output } = collecting();
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const odd = fc.constantFrom<unknown>(
    circular,
    10n,
    Symbol('s'),
    () => 1,
    new Map([['a', 1]]),
    new Date(Number.NaN),
    Buffer.from('bytes'),
    new URL('http://u:pl4nted@h/'),
    Number.NaN,
    Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('getter');
      },
    }),
    {
      toJSON: () => {
        throw new Error('toJSON');
      },
    },
    Object.create(null),
    new (class Request {
      headers = { authorization: 'pl4nted' };
    })(),
    Array.from({ length: 10_000 }, () => ({ a: 1 })),
    '\ud800',
  );
  fc.assert(
    fc.property(fc.oneof(odd, fc.anything()), fc.string(), (value, message) => {
      const before = output.text.length;
      log.info({ value }, message);
      const written = output.text.slice(before);
      expect(written.indexOf('\n')).toBe(written.length - 1);
      expect(JSON.parse(written)).toMatchObject({ level: 'info' });
      expect(written.length).toBeLessThan(100_000);
    }),
    { numRuns: 500 },
  );
  expect(output.text).not.toContain('pl4nted');
});

test('lines below the level are not written', () => {
  const { log, output } = collecting({ level: 'warn' });
  log.info('no');
  log.warn('yes');
  expect(output.objects.map((line) => line.msg)).toEqual(['yes']);
});

test('the pretty format is readable and no message can start a line of its own or steer the terminal', () => {
  const { log, output } = collecting({ format: 'pretty' });
  log.info({ bookId: 'b' }, 'imported');
  log.info({ title: 'a\nFORGED field' }, 'x\nFORGED message \u001b[2J\u2028\u202e');
  log.error({ err: new Error('boom\nFORGED error') }, 'failed');
  expect(output.lines[0]).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: imported$/);
  expect(output.text).toContain('bookId: "b"');
  expect(output.text).not.toMatch(/^FORGED/m);
  expect(output.text).not.toContain('\u001b');
  expect(output.text).not.toContain('\u202e');
  expect(output.text).toContain('lines.test.ts');
});
