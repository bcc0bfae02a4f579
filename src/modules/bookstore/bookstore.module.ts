import { Audit } from '../../platform/audit/index.js';
import { Cache } from '../../platform/cache/index.js';
import { Database } from '../../platform/database/index.js';
import { Events } from '../../platform/events/index.js';
import { Clock } from '../../platform/kernel/index.js';
import { defineModule } from '../../platform/module/index.js';
import { Accounts } from '../auth/index.js';
import { AuthorBooks } from './authoring/author-books.service.js';
import { AuthorChapters } from './authoring/author-chapters.service.js';
import { authoringHandlers } from './authoring/authoring.handlers.js';
import { bookHolder } from './authoring/authoring.personal-data.js';
import { authoringRoutes } from './authoring/authoring.routes.js';
import { Publishing } from './authoring/publishing.service.js';
import { bookRoutes } from './book.routes.js';
import { BookCache } from './book-cache.js';
import { bookstoreCommands } from './bookstore.commands.js';
import { bookstoreConfig } from './bookstore.config.js';
import { bookstoreErrors } from './bookstore.errors.js';
import { chapterDue, chapterPublished } from './bookstore.events.js';
import { bookstoreMetrics } from './bookstore.metrics.js';
import { bookstoreMigrations } from './bookstore.migrations.js';
import { Books, BookViews, DemoLibrary } from './bookstore.port.js';
import { BookstoreService } from './bookstore.service.js';
import { Categories } from './category/categories.service.js';
import { categoryRoutes } from './category/category.routes.js';
import { DemoLibraryService } from './demo-library.service.js';
import { BookImportService } from './import/import.service.js';
import { ImportSlots } from './import/import-slots.js';
import { importRoute } from './import.routes.js';
import { BookViewCounter } from './ranking/book-view-counter.js';
import { rankingJobs } from './ranking/ranking.jobs.js';
import { rankingRoute } from './ranking/ranking.routes.js';
import { Rankings } from './ranking/rankings.service.js';
import { BookSearch } from './search/book-search.js';
import { indexJob } from './search/search.jobs.js';
import { staffBookRoutes } from './staff/staff-book.routes.js';
import { StaffBooks } from './staff/staff-books.service.js';

export const bookstoreModule = defineModule({
  name: 'bookstore',
  version: '1.0.0',
  summary: 'Books, their chapters, and the import of whole novels.',
  criticality: 'required',
  needs: { db: Database, clock: Clock, accounts: Accounts, audit: Audit, events: Events },
  optional: { cache: Cache },
  provides: { books: Books, views: BookViews, demoLibrary: DemoLibrary },
  config: bookstoreConfig,
  errors: bookstoreErrors,
  migrations: bookstoreMigrations,
  events: [chapterPublished, chapterDue],
  setup: ({ config, metrics, cache: ofPlatform, ...rest }) => {
    const deps = { ...rest, cache: new BookCache(ofPlatform, rest.db) };
    const service = new BookstoreService(deps);
    const search = new BookSearch(deps);
    const counts = bookstoreMetrics(metrics);
    const imports = new BookImportService({ ...deps, search, config, metrics: counts });
    const views = new BookViewCounter({ ...deps, config: config.ranking, metrics: counts });
    const rankings = new Rankings({ ...deps, config: config.ranking });
    const authoring = {
      books: new AuthorBooks({ ...deps, search }),
      chapters: new AuthorChapters({ ...deps, config }),
    };
    const publishing = new Publishing({ ...deps, config });
    const slots = new ImportSlots(config.import);
    return {
      service,
      exposes: {
        books: service,
        views,
        demoLibrary: new DemoLibraryService(imports, config.demoAuthorUsername),
      },
      routes: [
        ...bookRoutes(service, search),
        rankingRoute(rankings),
        importRoute(imports, slots, config.import),
        ...authoringRoutes({ ...authoring, publishing, clock: deps.clock, config }),
        ...categoryRoutes(new Categories(deps)),
        ...staffBookRoutes(new StaffBooks(deps)),
      ],
      handlers: authoringHandlers(publishing),
      jobs: [indexJob(search), ...rankingJobs(rankings, config.ranking)],
      workers: [views],
      personalData: [bookHolder(deps.clock)],
      commands: bookstoreCommands(imports, slots, config.import),
    };
  },
});
