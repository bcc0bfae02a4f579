import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sectionDefaults } from '../../src/platform/config/index.js';
import { writeSecretFile } from '../../src/platform/files/index.js';
import { systemClock } from '../../src/platform/kernel/index.js';
import { MailService, mailConfig } from '../../src/platform/mail/index.js';
import { measureCalls } from '../harness/measure.js';
import { type BenchContext, type Case, callFigures, defineScenario } from '../scenario.js';
import { nullLogger } from '../servers/null-logger.js';

const text = '您的验证码在十五分钟内有效。'.repeat(20);
const filesMax = 100;

export default defineScenario({
  summary: 'a mail composed and written to a file, against the bare file of its size, as durable',
  async run(context) {
    const mail = await openMail(context);
    const bareFolder = await folder(context);
    await context.compare({
      name: 'send',
      figures: callFigures,
      ours: caseOf('mail', () => send(mail)),
      against: [caseOf('bare-file', () => writeBare(bareFolder))],
    });
  },
});

function caseOf(name: string, call: () => Promise<void>): Case<keyof typeof callFigures> {
  return { name, measure: (forMs) => measureCalls(call, { forMs, callers: 1 }) };
}

async function openMail(context: BenchContext): Promise<MailService> {
  const mail = new MailService({
    config: sectionDefaults(mailConfig, { filesMax }),
    folder: await folder(context),
    isProduction: false,
    clock: systemClock,
    log: nullLogger(),
  });
  await mail.initialize();
  context.onEnd(() => mail.close());
  return mail;
}

async function send(mail: MailService): Promise<void> {
  const receipt = await mail.send({
    to: 'reader@example.com',
    subject: '验证您的邮箱',
    text,
    idempotencyKey: randomUUID(),
  });
  if (!receipt.accepted) throw new Error(`the mail was refused: ${receipt.reason}`);
}

let written = 0;

/** As many files as the other keeps, over and over. */
function writeBare(bareFolder: string): Promise<void> {
  written = (written + 1) % filesMax;
  return writeSecretFile(join(bareFolder, `${written}.eml`), text);
}

async function folder(context: BenchContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'qingyu-bench-mail-'));
  context.onEnd(() => rm(path, { recursive: true, force: true }));
  return path;
}
