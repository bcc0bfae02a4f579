import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import { SessionCode } from '../index.js';
import { configOf } from '../tests/auth-harness.js';
import { codeSenderOf } from './phone.assembly.js';
import { SandboxSender } from './sandbox-sender.js';
import { senderOf } from './session-code.js';

const message = { phone: '+8613800138000', code: '204816', purpose: 'sign-in', locale: 'zh-CN' } as const;
let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'qingyu-sms-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

function sandbox(name: string, filesMax = 1000) {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const clock = new FakeClock();
  const folder = join(parent, name);
  return { clock, folder, lines, sender: new SandboxSender({ clock, log, folder, filesMax }) };
}

it('a message is a file that only its user may read; neither its name nor the log tells phone or code', async () => {
  const { folder, lines, sender } = sandbox('one');
  expect(await sender.send(message)).toEqual({ outcome: 'written' });
  const [name = ''] = await readdir(folder);
  expect(await readFile(join(folder, name), 'utf8')).toBe(
    'to: +8613800138000\ncode: 204816\npurpose: sign-in\nlocale: zh-CN\n',
  );
  expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  expect(lines).toHaveLength(1);
  for (const secret of [message.code, message.phone.slice(1)])
    expect(name + lines.join()).not.toContain(secret);
});

it('the oldest files go beyond the bound, and files of others stay', async () => {
  const { clock, folder, sender } = sandbox('many', 3);
  const names: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    await sender.send({ ...message, code: `00000${n}` });
    names.push(...(await readdir(folder)).filter((name) => !names.includes(name)));
    clock.advance(1000);
  }
  expect((await readdir(folder)).sort()).toEqual(names.slice(2).sort());
});

it('a sender of the installation goes before the sandbox; without either there is none', async () => {
  const sent: string[] = [];
  const { sender: box } = sandbox('unused');
  const real = {
    hasSender: () => true,
    send: async ({ phone }: { phone: string }) => {
      sent.push(phone);
      return { outcome: 'sent' } as const;
    },
  };
  expect(await senderOf(real, box).send(message)).toEqual({ outcome: 'sent' });
  expect(sent).toEqual([message.phone]);
  const none = SessionCode.whenAbsent as SessionCode;
  expect(await senderOf(none, box).send(message)).toEqual({ outcome: 'written' });
  expect(senderOf(none, undefined).hasSender()).toBe(false);
  await expect(senderOf(none, undefined).send(message)).rejects.toThrow('nothing sends');
});

it.each([
  ['production', false],
  ['development', true],
] as const)('in %s an installation without a sender has one: %s', (environment, has) => {
  const { clock } = sandbox('never-made');
  const sender = codeSenderOf({
    ...{ clock, log: pino({ level: 'silent' }), config: configOf() },
    sessionCode: SessionCode.whenAbsent as SessionCode,
    effectiveConfig: { environment, describeEffective: () => [] },
    dataFolder: { path: parent },
  });
  expect(sender.hasSender()).toBe(has);
});
