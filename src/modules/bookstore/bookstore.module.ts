import { Cache } from '../../platform/cache/index.js';
import { Database } from '../../platform/database/index.js';
import { Clock } from '../../platform/kernel/index.js';
import { defineModule } from '../../platform/module/index.js';
import { Accounts } from '../auth/index.js';
import { bookRoutes } from './book.routes.js';
import { BookCache } from './book-cache.js';
import { bookstoreCommands } from './bookstore.commands.js';
import { bookstoreConfig } from './bookstore.config.js';
import { bookstoreErrors } from './bookstore.errors.js';
import { bookstoreMetrics } from './bookstore.metrics.js';
import { bookstoreMigrations } from './bookstore.migrations.js';
import { Books, DemoLibrary } from './bookstore.port.js';
import { BookstoreService } from './bookstore.service.js';
import { DemoLibraryService } from './demo-library.service.js';
import { BookImportService } from './import/import.service.js';
import { ImportSlots } from './import/import-slots.js';
import { importRoute } from './import.routes.js';
import { BookSearch } from './search/book-search.js';
import { indexJob } from './search/search.jobs.js';

export const bookstoreModule = defineModule({
  name: 'bookstore',
  version: '1.0.0',
  summary: 'Books, their chapters, and the import of whole novels.',
  criticality: 'required',
  needs: { db: Database, clock: Clock, accounts: Accounts },
  optional: { cache: Cache },
  provides: { books: Books, demoLibrary: DemoLibrary },
  config: bookstoreConfig,
  errors: bookstoreErrors,
  migrations: bookstoreMigrations,
  setup: ({ config, metrics, cache: ofPlatform, ...rest }) => {
    const deps = { ...rest, cache: new BookCache(ofPlatform, rest.db) };
    const service = new BookstoreService(deps);
    const search = new BookSearch(deps);
    const imports = new BookImportService({ ...deps, search, config, metrics: bookstoreMetrics(metrics) });
    const slots = new ImportSlots(config.import);
    return {
      service,
      exposes: { books: service, demoLibrary: new DemoLibraryService(imports, config.demoAuthorUsername) },
      routes: [...bookRoutes(service, search), importRoute(imports, slots, config.import)],
      jobs: [indexJob(search)],
      commands: bookstoreCommands(imports, slots, config.import),
    };
  },
});
