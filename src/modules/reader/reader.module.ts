import { Clock } from '../../platform/kernel/index.js';
import { defineModule } from '../../platform/module/index.js';
import { Books, BookViews } from '../bookstore/index.js';
import { readerConfig } from './reader.config.js';
import { readerErrors } from './reader.errors.js';
import { readerMetrics } from './reader.metrics.js';
import { ChapterReading, Membership, Ownership } from './reader.port.js';
import { readerRoutes } from './reader.routes.js';
import { ReaderService } from './reader.service.js';

export const readerModule = defineModule({
  name: 'reader',
  version: '1.0.0',
  summary: 'Reading chapters: who may, why, and what opens them.',
  criticality: 'required',
  needs: { books: Books, views: BookViews, clock: Clock },
  optional: { ownership: Ownership, membership: Membership },
  provides: { chapterReading: ChapterReading },
  config: readerConfig,
  errors: readerErrors,
  setup: ({ metrics, ...deps }) => {
    const service = new ReaderService({ ...deps, metrics: readerMetrics(metrics) });
    return { service, exposes: { chapterReading: service }, routes: readerRoutes(service) };
  },
});
