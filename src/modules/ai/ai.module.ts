import { Database } from '../../platform/database/index.js';
import { EventStreamsPort } from '../../platform/http/index.js';
import { Clock } from '../../platform/kernel/index.js';
import { defineModule } from '../../platform/module/index.js';
import { Quota } from '../quota/index.js';
import { ChapterReading, type ChapterReadingPort, lockedProblem, readerErrors } from '../reader/index.js';
import { aiConfig } from './ai.config.js';
import { aiErrors } from './ai.errors.js';
import { aiMetrics } from './ai.metrics.js';
import { aiMigrations } from './ai.migrations.js';
import { callHolder } from './ai.personal-data.js';
import { CallRepository } from './ai.repository.js';
import { aiRoutes } from './ai.routes.js';
import { AiService } from './ai.service.js';
import type { ChapterText } from './call.planner.js';
import { configuredProviders, ProviderCatalog } from './provider.catalog.js';
import { Tokenizer } from './tokenizer/tokenizer.js';

export const aiModule = defineModule({
  name: 'ai',
  version: '1.0.0',
  summary: 'Writing help by models: metered against the quota, streamed, charged for what was produced.',
  criticality: 'optional',
  needs: {
    database: Database,
    clock: Clock,
    quota: Quota,
    chapters: ChapterReading,
    streams: EventStreamsPort,
  },
  config: aiConfig,
  errors: aiErrors,
  migrations: aiMigrations,
  setup: ({ database, clock, quota, chapters, streams, config, log, metrics }) => {
    const tokenizer = new Tokenizer({
      idleMs: config.tokenizerIdleMs,
      deadlineMs: config.tokenizerDeadlineMs,
      log,
    });
    const repository = new CallRepository(database);
    const service = new AiService({
      catalog: new ProviderCatalog(configuredProviders(config, tokenizer)),
      chapterText: chapterTextOf(chapters),
      metrics: aiMetrics(metrics),
      ...{ repository, tokenizer, quota, clock, config, log },
    });
    const chapterErrors = [readerErrors.chapterLocked, readerErrors.chapterNotFound];
    return {
      service,
      exposes: {},
      routes: aiRoutes({ ai: service, streams, clock, config, chapterErrors }),
      personalData: [callHolder(repository)],
    };
  },
});

/** The access decision of the reader is the only way to a chapter's text, here too. */
function chapterTextOf(chapters: ChapterReadingPort): ChapterText {
  return async (caller, chapterId) => {
    const reading = await chapters.read(caller, chapterId);
    if (!reading) throw readerErrors.chapterNotFound({ params: { id: chapterId } });
    if (!reading.allowed) throw lockedProblem(reading);
    return reading.text;
  };
}
