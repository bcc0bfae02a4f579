import { onTestFinished } from 'vitest';
import { sectionDefaults } from '../../../platform/config/index.js';
import {
  IdempotencyService,
  idempotencyConfig,
  idempotencyMigrations,
} from '../../../platform/idempotency/index.js';
import { createLogger } from '../../../platform/logger/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import type { OpenDatabase } from '../../../testing/databases.js';
import { insertUser } from '../../../testing/users.repository.js';
import { authMigrations } from '../../auth/index.js';
import { type QuotaPort, quotaMigrations, quotaModule } from '../../quota/index.js';
import type { ChapterReadingPort, ChapterReadingResult } from '../../reader/index.js';
import { type AiConfig, aiConfig } from '../ai.config.js';
import { aiModule } from '../ai.module.js';
import { start } from './ai-harness.js';
import { eventStreams, serve } from './http-harness.js';

export const text =
  '夜色沉下来，山门外的灯笼一盏一盏亮了。师兄提着剑走过石阶，回头看了她一眼。“你还不走？”他问。';
export const chapterId = '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11';
export const secretLine = '这是只有买过的人才能读到的一句。';

const locked = {
  allowed: false,
  priceCoins: 10,
  myPriceCoins: 8,
  unlock: [{ way: 'purchase', priceCoins: 8 }],
};
const readings: Record<string, object | undefined> = {
  [chapterId]: { allowed: true, why: 'free', text: `${secretLine}\n雪落在石阶上。` },
  '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a12': locked,
};
const chapters: ChapterReadingPort = {
  read: async (_caller, id) => readings[id] as ChapterReadingResult | undefined,
};

export const demoAt = (tokensPerSecond: number): Partial<AiConfig> => ({
  providers: [{ name: 'demo', kind: 'demo', tokensPerSecond }] as never,
});

/** The module as the application assembles it, over a real quota and the demo provider. */
export async function openModule(open: OpenDatabase, overrides: Partial<AiConfig> = {}) {
  const database = await open({
    migrations: [
      ...authMigrations,
      ...quotaMigrations,
      ...idempotencyMigrations,
      ...(aiModule.migrations ?? []),
    ],
  });
  const lines: string[] = [];
  const log = createLogger({
    ...{ level: 'debug', format: 'json', service: 'test', version: '0', instance: 'test' },
    destination: { write: (line: string) => void lines.push(line) } as never,
  });
  const clock = { now: () => start };
  const metrics = new Metrics();
  const factor = { factorThousandths: async () => 1000 };
  const quotaParts = quotaModule.setup({
    ...{ database, clock, factor, log, metrics },
    config: sectionDefaults(quotaModule.config as never),
  } as never);
  const quota = (quotaParts.exposes as { quota: QuotaPort }).quota;
  const streams = eventStreams(log);
  const config = sectionDefaults(aiConfig, {
    ...demoAt(0),
    ...overrides,
  });
  const { service, routes = [] } = aiModule.setup({
    ...{ database, clock, quota, chapters, streams, config, log, metrics },
  } as never);
  await quotaParts.service.initialize(new AbortController().signal);
  await service.initialize(new AbortController().signal);
  const user = await insertUser(database, start);
  const keys = { database, clock, config: sectionDefaults(idempotencyConfig), log, metrics };
  const server = await serve(routes, { log, user, idempotency: new IdempotencyService(keys) });
  onTestFinished(async () => {
    await server.close();
    await service.close();
    await quotaParts.service.close();
  });
  const used = async () => (await quota.read(user, ['reader'])).used;
  return { ...server, database, quota, streams, lines, used, user, service, metrics };
}
