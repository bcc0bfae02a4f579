import { describe, expect, test } from 'vitest';
import type { MailMessage } from './mail.js';
import { isMailAddress, refusalOf } from './message-check.js';

const message: MailMessage = {
  ...{ to: 'li.lei@example.com', subject: '重置密码', text: '您好', idempotencyKey: 'event-1' },
};
const check = (changes: Partial<MailMessage>) => refusalOf({ ...message, ...changes }, 1000);

test.each([
  'a@b.cn',
  'li.lei+novel@mail.example.com',
  "o'brien@example.org",
  'someone@例子.中国',
  'someone@xn--fsqu00a.xn--fiqs8s',
  `${'a'.repeat(64)}@example.com`,
])('%s is an address', (address) => {
  expect(isMailAddress(address)).toBe(true);
});

test.each([
  '',
  '@',
  'nobody',
  'a.bc',
  '@example.com',
  'a@',
  'a@localhost',
  'a@-example.com',
  'a@example..com',
  '.a@example.com',
  'a..b@example.com',
  'a b@example.com',
  'a@example.com\r\nBcc: victim@example.com',
  'a@example.com\nBcc: victim@example.com',
  'a@example.com ',
  'a\0@example.com',
  'a@example.com,b@example.com',
  'a@example.com;b@example.com',
  '<a@example.com>',
  'Name <a@example.com>',
  '"a b"@example.com',
  'a@[127.0.0.1]',
  'a@b@example.com',
  '李雷@example.com',
  `${'a'.repeat(65)}@example.com`,
  `a@${'b.'.repeat(130)}cn`,
])('%j is not an address', (address) => {
  expect(isMailAddress(address)).toBe(false);
  expect(check({ to: address })).toBe('recipient-invalid');
});

test('an address that was made to be slow is refused at once', () => {
  const startMs = performance.now();
  for (const text of ['a.'.repeat(50_000), `a@${'a-'.repeat(50_000)}`, `a@${'a.'.repeat(120)}!`]) {
    expect(isMailAddress(text)).toBe(false);
  }
  expect(performance.now() - startMs).toBeLessThan(200);
});

describe('a message is refused', () => {
  test.each(['\r\nBcc: v@example.com', 'a\nb', 'a\rb', 'a\u2028b', 'a\0b', '\ud800', 'x'.repeat(256)])(
    'for the subject %j',
    (subject) => {
      expect(check({ subject })).toBe('subject-invalid');
    },
  );

  test.each([
    { 'X-Kind': 'a\r\nBcc: v@example.com' },
    { 'X-Kind': 'a\nb' },
    { 'X-Kind': 'x'.repeat(501) },
    { 'X-Kind\r\nBcc': 'v@example.com' },
    { 'X-': 'a' },
    { Bcc: 'v@example.com' },
    { To: 'v@example.com' },
    { From: 'v@example.com' },
    { 'Message-ID': '<a@b>' },
    { 'Content-Type': 'text/html' },
    { 'Reply-To': 'v@example.com' },
    Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`X-Kind-${index}`, 'a'])),
  ])('for the headers %j', (headers) => {
    expect(check({ headers })).toBe('header-invalid');
  });

  test('for its size, counted in bytes over text and HTML', () => {
    expect(check({ text: '字'.repeat(333) })).toBeUndefined();
    expect(check({ text: '字'.repeat(334) })).toBe('message-too-large');
    expect(check({ text: '', html: '字'.repeat(334) })).toBe('message-too-large');
    expect(check({ text: 'a'.repeat(500), html: 'a'.repeat(501) })).toBe('message-too-large');
  });

  test.each(['', 'k'.repeat(201)])('for the idempotency key %j', (idempotencyKey) => {
    expect(check({ idempotencyKey })).toBe('idempotency-key-invalid');
  });
});

test('a message with everything is accepted', () => {
  const headers = {
    'X-Kind': 'reset',
    'Auto-Submitted': 'auto-generated',
    'List-Unsubscribe': '<https://a.cn/u>',
  };
  expect(check({ html: '<p>您好</p>', headers })).toBeUndefined();
});
