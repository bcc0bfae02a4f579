import { pino } from 'pino';
import { afterEach } from 'vitest';
import { sectionDefaults } from '../../../platform/config/index.js';
import type { Database } from '../../../platform/database/index.js';
import type { Caller } from '../../../platform/http/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import type { OpenDatabase } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { callerOf } from '../../../testing/route-server.js';
import { insertUser } from '../../../testing/users.repository.js';
import { authMigrations } from '../../auth/index.js';
import { type AiConfig, aiConfig } from '../ai.config.js';
import { aiMetrics } from '../ai.metrics.js';
import { aiMigrations } from '../ai.migrations.js';
import { CallRepository } from '../ai.repository.js';
import { AiService } from '../ai.service.js';
import type { ChapterText, WritingInput } from '../call.planner.js';
import { ProviderCatalog } from '../provider.catalog.js';
import type { ModelProvider } from '../provider.js';
import { Tokenizer } from '../tokenizer/tokenizer.js';
import { FakeQuota, ScriptedProvider } from './fakes.js';

export const start = new Date('2026-03-01T17:20:00.000Z');

export interface HarnessOptions {
  readonly provider?: ModelProvider;
  readonly providers?: readonly ModelProvider[];
  readonly config?: Partial<AiConfig>;
  readonly chapterText?: ChapterText;
}

export interface AiHarness {
  readonly ai: AiService;
  readonly quota: FakeQuota;
  readonly repository: CallRepository;
  readonly config: AiConfig;
  readonly database: Database;
  readonly caller: Caller;
  readonly clock: FakeClock;
  /** Every line that was logged. */
  readonly lines: string[];
  /** Samples of a metric as `labels=value`. */
  metric(name: string): Promise<string[]>;
  continueText(input?: Partial<WritingInput>): ReturnType<AiService['continueText']>;
}

/** One worker for all harnesses of a file. */
class SharedTokenizer extends Tokenizer {
  override async close(): Promise<void> {}
}
const silent = pino({ level: 'silent' });
const tokenizer = new SharedTokenizer({ idleMs: 60_000, deadlineMs: 20_000, log: silent });

/** Opens harnesses in a suite and closes them after each test, before their database. */
export function aiOpener(open: OpenDatabase): (options?: HarnessOptions) => Promise<AiHarness> {
  const opened: AiHarness[] = [];
  afterEach(async () => {
    for (const { ai } of opened.splice(0)) await ai.close();
  });
  return async (options = {}) => {
    const harness = await openAi(open, options);
    opened.push(harness);
    return harness;
  };
}

/** The module's service over a real database, a quota in memory and a provider that follows a script. */
async function openAi(open: OpenDatabase, options: HarnessOptions): Promise<AiHarness> {
  const database = await open({ migrations: [...authMigrations, ...aiMigrations] });
  const config = { ...sectionDefaults(aiConfig), ...options.config };
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const metrics = new Metrics();
  const quota = new FakeQuota();
  const repository = new CallRepository(database);
  const clock = new FakeClock(start);
  const ai = new AiService({
    catalog: new ProviderCatalog(options.providers ?? [options.provider ?? new ScriptedProvider()]),
    chapterText: options.chapterText ?? (async () => ''),
    metrics: aiMetrics(metrics),
    ...{ tokenizer, quota, repository, clock, config, log },
  });
  await ai.initialize();
  const caller = callerOf(await insertUser(database, start));
  const metric = async (name: string) => {
    const values = (await metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
    return values.map(({ labels, value }) => `${Object.values(labels).join(',')}=${value}`);
  };
  const continueText = (input: Partial<WritingInput> = {}) =>
    ai.continueText(caller, { text: '雪落在石阶上。', ...input });
  return { ai, quota, repository, config, database, caller, clock, lines, metric, continueText };
}
