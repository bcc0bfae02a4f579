import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import { readMail } from '../../../testing/read-mail.js';
import { sectionDefaults } from '../../config/index.js';
import * as files from '../../files/index.js';
import { type MailConfig, mailConfig } from '../mail.config.js';
import type { MailMessage } from '../mail.js';
import { MailService } from '../mail.service.js';

vi.mock('../../files/index.js', async (original) => {
  const actual = await original<typeof files>();
  return { ...actual, writeSecretFile: vi.fn(actual.writeSecretFile) };
});

const message: MailMessage = {
  to: 'li.lei@example.com',
  subject:
    '重置密码：请在三十分钟内打开链接完成修改，过期后需要重新申请，请勿将此邮件转发给任何人，谢谢您的配合与支持',
  text: '您好，李雷：\n\n.点开头的一行\nhttps://example.com/reset?token=abc\n',
  idempotencyKey: 'event-1',
};

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'qingyu-mail-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
});

const folder = () => join(root, 'mail');
const mails = async () => (await readdir(folder())).sort();

async function started(config: Partial<MailConfig> = {}, { isProduction = false } = {}) {
  const clock = new FakeClock('2026-03-01T04:00:00.000Z');
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const service = new MailService({
    ...{ clock, log, isProduction, folder: folder() },
    config: sectionDefaults(mailConfig, config),
  });
  await service.initialize();
  return { service, clock, lines };
}

describe('a mail', () => {
  test('is a file that reads back as it was written, in Chinese too', async () => {
    const { service } = await started({ from: 'no-reply@qingyu.example' });
    const receipt = await service.send({
      ...message,
      html: '<p>您好，李雷</p>',
      headers: { 'X-Kind': 'password-reset' },
    });
    expect(receipt).toMatchObject({ accepted: true, outcome: 'written', repeated: false });
    const [name] = await mails();
    expect(name).toMatch(/^20260301T040000000Z-[0-9a-f]{32}\.eml$/);
    const bytes = await readFile(join(folder(), name as string));
    expect(bytes.every((byte) => byte < 128)).toBe(true);
    const text = bytes.toString('ascii');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...text.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(78);
    const mail = readMail(text);
    expect(mail.headers).toMatchObject({
      subject: message.subject,
      from: '青羽 <no-reply@qingyu.example>',
      to: 'li.lei@example.com',
      date: 'Sun, 01 Mar 2026 04:00:00 +0000',
      'message-id': receipt.accepted && receipt.messageId,
      'x-kind': 'password-reset',
      'mime-version': '1.0',
    });
    expect(mail.parts).toEqual([
      { type: 'text/plain; charset=utf-8', text: message.text },
      { type: 'text/html; charset=utf-8', text: '<p>您好，李雷</p>' },
    ]);
  });

  test('is only for the user that the platform runs as', async () => {
    const { service } = await started();
    await service.send(message);
    const [name] = await mails();
    expect((await stat(join(folder(), name as string))).mode & 0o777).toBe(0o600);
  });

  test('is named in the log without what is in it and whom it is for', async () => {
    const { service, lines } = await started();
    await service.send(message);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain((await mails())[0]);
    for (const secret of ['li.lei', 'token=abc', '重置密码', 'event-1'])
      expect(lines[0]).not.toContain(secret);
  });

  test.each([
    ['recipient-invalid', { to: 'a@example.com\r\nBcc: victim@example.com' }],
    ['subject-invalid', { subject: 'Hello\r\nBcc: victim@example.com' }],
    ['header-invalid', { headers: { 'X-Kind': 'a\r\nBcc: victim@example.com' } }],
    ['message-too-large', { text: 'a'.repeat(2000) }],
  ] as const)('that is refused (%s) is a value and leaves no file', async (reason, changes) => {
    const { service } = await started({ messageBytesMax: 1024 });
    expect(await service.send({ ...message, ...changes })).toEqual({ accepted: false, reason });
    expect(await mails()).toEqual([]);
    expect((await service.health()).status).toBe('healthy');
  });
});

describe('the same key', () => {
  test('twice is one file, also after a restart', async () => {
    const { service, clock } = await started();
    const first = await service.send(message);
    clock.advance(60_000);
    expect(await service.send({ ...message, text: 'changed' })).toEqual({ ...first, repeated: true });
    const { service: restarted } = await started();
    expect(await restarted.send(message)).toEqual({ ...first, repeated: true });
    expect(await mails()).toHaveLength(1);
  });

  test('at once is one file, and another key another one', async () => {
    const { service } = await started();
    const receipts = await Promise.all([
      ...Array.from({ length: 10 }, () => service.send(message)),
      service.send({ ...message, idempotencyKey: 'event-2' }),
    ]);
    expect(receipts.filter((receipt) => receipt.accepted && !receipt.repeated)).toHaveLength(2);
    expect(await mails()).toHaveLength(2);
  });
});

test('beyond the bound the oldest files are removed, and other files are left alone', async () => {
  const { service, clock } = await started({ filesMax: 3 });
  await writeFile(join(folder(), 'note.txt'), 'mine');
  for (let index = 0; index < 5; index++) {
    clock.advance(1000);
    await service.send({ ...message, idempotencyKey: `event-${index}` });
  }
  expect((await mails()).map((name) => name.slice(0, 15))).toEqual([
    ...['20260301T040003', '20260301T040004', '20260301T040005'],
    'note.txt',
  ]);
});

test('what a killed process left unfinished is removed at the start', async () => {
  await started();
  await writeFile(join(folder(), '20260301T040000000Z-abc.eml.5f.tmp'), 'half a ma');
  await started();
  expect(await mails()).toEqual([]);
});

describe('when nothing can be written', () => {
  test('a full disk fails the call, makes it unhealthy, and both end by themselves', async () => {
    const { service } = await started();
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    vi.mocked(files.writeSecretFile).mockRejectedValueOnce(full).mockRejectedValueOnce(full);
    await expect(service.send(message)).rejects.toMatchObject({ code: 'mail-unavailable', cause: full });
    expect(await service.health()).toEqual({
      status: 'unhealthy',
      detail: 'mail cannot be written to the folder "mail" of data.dir',
    });
    expect(await mails()).toEqual([]);
    expect(await service.health()).toMatchObject({ status: 'healthy' });
    expect(await mails()).toEqual([]);
    expect(await service.send(message)).toMatchObject({ accepted: true, repeated: false });
  });

  test('callers with the same key at once all learn of the failure', async () => {
    const { service } = await started();
    vi.mocked(files.writeSecretFile).mockRejectedValueOnce(new Error('no space'));
    const results = await Promise.allSettled([service.send(message), service.send(message)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a folder that is gone, with a file in its place, fails the call, the health and the start', async () => {
    const { service } = await started();
    await rm(folder(), { recursive: true });
    await writeFile(folder(), 'in the way');
    await expect(service.send(message)).rejects.toMatchObject({ code: 'mail-unavailable' });
    expect((await service.health()).status).toBe('unhealthy');
    await expect(started()).rejects.toThrow("can't be written to");
    await rm(folder());
    expect((await service.health()).status).toBe('healthy');
    await service.send(message);
    expect(await mails()).toHaveLength(1);
  });
});

describe('its health', () => {
  const words = 'mail is written to files in the folder "mail" of data.dir and not sent';

  test('notes that nothing is sent', async () => {
    const { service } = await started();
    expect(await service.health()).toEqual({ status: 'healthy', note: words });
    await service.close();
  });

  test('is degraded in production, where people wait for mail', async () => {
    const { service } = await started({}, { isProduction: true });
    expect(await service.health()).toEqual({ status: 'degraded', detail: words });
  });
});

test.each([{ from: 'not an address' }, { from: 'a@b.cn\r\nBcc: v@b.cn' }, { fromName: 'a\nb' }])(
  'an impossible sender %j fails the boot',
  async (config) => {
    await expect(started(config)).rejects.toThrow(/^mail\.from/);
  },
);
